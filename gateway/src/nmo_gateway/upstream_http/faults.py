"""How a call to a service may fail."""


class CallError(Exception):
    """Any fault of the way there and back; what the service says with a status is none."""


class UnreachableError(CallError):
    """No connection, or it was lost before the answer's head."""


class BrokenAnswerError(CallError):
    """What came is no answer, is too big, or broke off in the middle."""


class TooLongError(BrokenAnswerError):
    """The body is longer than its reader takes."""


class SlowAnswerError(CallError, TimeoutError):
    """The connection, the head, the next piece or the whole took longer than allowed."""
