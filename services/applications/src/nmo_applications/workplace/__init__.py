"""The educational organisation's workplace: queue, decisions, enrolment, results (APP-05)."""
