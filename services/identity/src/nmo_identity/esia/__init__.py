"""ЕСИА («Госуслуги»): our own strict connector."""
