"""Stand-in of the federal register of medical workers (ФРМР): its REST shape, a change feed, НСИ, faults on demand."""
