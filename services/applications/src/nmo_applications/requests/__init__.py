"""Requests to support: opening, thread, the queue of employees, changes of data decided by two (SUP, REG-04, ROL-04)."""
