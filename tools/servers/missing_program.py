"""What a run says where one of its programs is not on this machine."""


class MissingProgram(RuntimeError):
    """There is no such program on this machine; the message says how to get one."""
