"""Statements of the session store. Every term is compared in SQL against one clock, ``app_now()`` (security D1)."""

from sqlalchemy import text

COLUMNS = """session_id, cookie_hash, person_id, sid, handle_sealed, provider, short_name, entry, consent, roles,
  previous_login_at, login_at, confirmed_at"""

FIND = text(
    f"""
    select {COLUMNS},
      case
        when ended_at is not null then end_reason
        when expires_at <= app_now() then 'absolute'
        when last_seen_at + idle <= app_now() then 'idle'
        when previous_hash = :hash and previous_until <= app_now() then 'reuse'
      end as ended,
      ended_at is not null as already_ended,
      last_seen_at < app_now() - interval '1 minute' as touch_due,
      rotated_at < app_now() - make_interval(secs => :rotate_s) as rotate_due,
      cookie_hash = :hash and previous_hash is not null and previous_until is null as first_use
    from browser_session where cookie_hash = :hash or previous_hash = :hash
    """  # noqa: S608 the columns are a constant
)

OPEN = text(
    f"""
    insert into browser_session ({COLUMNS}, rotated_at, last_seen_at, idle, expires_at)
    values (:session_id, :cookie_hash, :person_id, :sid, :handle_sealed, :provider, :short_name, :entry, :consent,
      :roles, :previous_login_at, app_now(), app_now(), app_now(), app_now(), make_interval(secs => :idle_s),
      app_now() + make_interval(secs => :absolute_s))
    returning {COLUMNS}
    """  # noqa: S608 the columns are a constant
)

LOCK_PERSON = text("select pg_advisory_xact_lock(hashtext('browser_session:' || cast(:person_id as text)))")

DISPLACE = text(
    """
    update browser_session set ended_at = app_now(), end_reason = 'displaced'
    where session_id in (
      select session_id from browser_session
      where person_id = :person_id and ended_at is null and expires_at > app_now() and last_seen_at + idle > app_now()
      order by login_at desc, session_id desc offset :keep)
    returning session_id, handle_sealed
    """
)

TOUCH = text(
    """
    update browser_session set last_seen_at = app_now(),
      previous_until = case when :first_use then app_now() + make_interval(secs => :grace_s) else previous_until end
    where session_id = :session_id and ended_at is null
    """
)

MARK_FIRST_USE = text(
    """
    update browser_session set previous_until = app_now() + make_interval(secs => :grace_s)
    where session_id = :session_id and previous_hash is not null and previous_until is null
    """
)

# The grace of a change of rights begins at once; that of the regular rotation at the new id's first use,
# so that an answer lost on the way does not sign anybody out.
ROTATE = text(
    """
    update browser_session set previous_hash = :old_hash, cookie_hash = :new_hash, rotated_at = app_now(),
      previous_until = case when :at_once then app_now() + make_interval(secs => :grace_s) end
    where session_id = :session_id and ended_at is null and (cookie_hash = :old_hash or previous_hash = :old_hash)
    """
)

# Rights changed: the next page gets a new id, if this request does not give it one at once.
UPDATE_PERSON = text(
    f"""
    update browser_session set short_name = :short_name, entry = :entry, consent = :consent, roles = :roles,
      rotated_at = '-infinity',
      idle = least(idle, make_interval(secs => :idle_s)),
      expires_at = least(expires_at, login_at + make_interval(secs => :absolute_s))
    where session_id = :session_id and ended_at is null
    returning {COLUMNS}
    """  # noqa: S608 the columns are a constant
)

END = text(
    """
    update browser_session set ended_at = app_now(), end_reason = :reason
    where session_id = :session_id and ended_at is null
    """
)

CONFIRMED = text(
    "update browser_session set confirmed_at = app_now() where session_id = :session_id and ended_at is null"
)

# The browsers of one person whose sign-ins identity has ended, or keeps.
END_BY_SID = text(
    """
    update browser_session set ended_at = app_now(), end_reason = :reason, told = true
    where person_id = :person_id and ended_at is null
      and (cast(:only as text) is null or sid = :only) and (cast(:keep as text) is null or sid <> :keep)
    returning session_id
    """
)

LAST_SEEN = text(
    """
    select sid, max(last_seen_at) as seen from browser_session
    where person_id = :person_id and ended_at is null group by sid
    """
)

_OVER = """
  case when ended_at is not null then end_reason when expires_at <= app_now() then 'absolute' else 'idle' end
"""

UNTOLD = text(
    f"""
    select session_id, handle_sealed, {_OVER} as reason from browser_session
    where not told and (ended_at is not null or expires_at <= app_now() or last_seen_at + idle <= app_now())
    order by session_id limit :most
    """  # noqa: S608 a constant of this file
)

TOLD = text("update browser_session set told = true where session_id = :session_id")

NOTIFY = text("select pg_notify('browser_session', cast(:session_id as text))")

# Ended rows are kept a day for the words on the sign-in page.
PURGE = (
    text(
        """
        delete from browser_session
        where coalesce(ended_at, least(expires_at, last_seen_at + idle)) < app_now() - interval '1 day'
        """
    ),
    text("delete from login_flow where expires_at < app_now() - interval '1 hour'"),
    text("delete from rate_limit where tat < app_now()"),
    text("delete from kept_form where expires_at < app_now()"),
)

BEGIN_LOGIN = text(
    """
    insert into login_flow (flow_id, cookie_hash, provider, return_to, confirms, expires_at)
    values (:flow_id, :cookie_hash, :provider, :return_to, :confirms, app_now() + make_interval(secs => :lifetime_s))
    """
)

LEAD_ON = text(
    "update login_flow set return_to = :return_to where cookie_hash = :cookie_hash and consumed_at is null"
)

CONSUME_LOGIN = text(
    """
    update login_flow set consumed_at = app_now()
    where cookie_hash = :cookie_hash and provider = :provider and consumed_at is null and expires_at > app_now()
    returning return_to, confirms
    """
)

BEGUN_LOGIN = text(
    """
    select return_to, confirms from login_flow
    where cookie_hash = :cookie_hash and provider = :provider and consumed_at is null and expires_at > app_now()
    """
)

LOGIN_STATE = text(
    "select provider, consumed_at is not null as used from login_flow where cookie_hash = :cookie_hash"
)
