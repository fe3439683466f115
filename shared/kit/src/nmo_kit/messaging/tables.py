"""DDL of the outbox and the inbox, executed by each service's first migration.

Both tables are partitioned by month because they only grow. A default partition catches whatever falls outside,
so that an insert never fails for want of a partition; `kit_ensure_partition` moves such rows where they belong.
"""

PARTITION_DDL: list[str] = [
    # The smallest UUIDv7 of a moment: lets a table be partitioned by time on a UUIDv7 key.
    """
    create or replace function kit_uuid7_floor(at timestamptz) returns uuid language sql immutable strict as $$
      select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
    $$
    """,
    # Creates the partition of one month; true if it was missing. Rows waiting in <parent>_default move into it.
    """
    create or replace function kit_ensure_partition(parent text, key_column text, month date) returns boolean
    language plpgsql as $$
    declare
      part text := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
      from_at timestamptz := date_trunc('month', month::timestamp) at time zone 'UTC';
      to_at timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') at time zone 'UTC';
      low text := from_at::text;
      high text := to_at::text;
    begin
      perform pg_advisory_xact_lock(hashtext('kit_ensure_partition:' || parent));
      if to_regclass(quote_ident(part)) is not null then
        return false;
      end if;
      if (select atttypid from pg_attribute
          where attrelid = to_regclass(quote_ident(parent)) and attname = key_column) = 'uuid'::regtype then
        low := kit_uuid7_floor(from_at)::text;
        high := kit_uuid7_floor(to_at)::text;
      end if;
      execute format('create table %I (like %I including defaults including constraints)', part, parent);
      execute format(
        'with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) insert into %5$I select * from moved',
        parent || '_default', key_column, low, high, part);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part, low, high);
      return true;
    end
    $$
    """,
    # Partitions of this month and the given number of months ahead; returns how many were created.
    """
    create or replace function kit_ensure_partitions(parent text, key_column text, months_ahead int) returns int
    language sql as $$
      select count(*) filter (where kit_ensure_partition(
        parent, key_column, (date_trunc('month', now() at time zone 'UTC') + n * interval '1 month')::date))::int
      from generate_series(0, months_ahead) as n
    $$
    """,
    # Drops the partitions that end before `before`, except those with rows matching `keep`; returns their names.
    """
    create or replace function kit_drop_partitions(parent text, before timestamptz, keep text) returns setof text
    language plpgsql as $$
    declare
      part text;
      holds boolean;
    begin
      for part in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = to_regclass(quote_ident(parent)) and c.relname ~ (parent || '_[0-9]{4}_[0-9]{2}$')
          and (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= before
        order by c.relname
      loop
        execute format('select exists (select 1 from %I where %s)', part, keep) into holds;
        if not holds then
          execute format('drop table %I', part);
          return next part;
        end if;
      end loop;
    end
    $$
    """,
]
"""Helper functions for tables partitioned by month (a timestamptz or a UUIDv7 key column)."""

OUTBOX_DDL: list[str] = [
    "create sequence outbox_position",
    """
    create table outbox (
      position bigint not null default nextval('outbox_position'),
      event_id uuid not null,
      event_key text not null,
      key_version int not null,
      lane smallint not null default 0,
      routing_key text not null,
      body bytea not null,
      headers jsonb not null default '{}',
      created_at timestamptz not null default now(),
      published_at timestamptz,
      attempts int not null default 0,
      next_attempt_at timestamptz,
      last_error text,
      constraint pk_outbox primary key (created_at, position)
    ) partition by range (created_at)
    """,
    "create table outbox_default partition of outbox default",
    "create index ix_outbox_pending on outbox (position, lane, event_key) where published_at is null",
    # Keys that wait after a failure: few rows, asked for by every batch.
    """
    create index ix_outbox_waiting on outbox (lane, event_key, next_attempt_at)
    where published_at is null and next_attempt_at is not null
    """,
    "select kit_ensure_partitions('outbox', 'created_at', 3)",
]
"""Events to be published, written in the transaction of the change they tell of."""

INBOX_DDL: list[str] = [
    """
    create table inbox (
      consumer text not null,
      event_id uuid not null,
      received_at timestamptz not null default now(),
      constraint pk_inbox primary key (event_id, consumer)
    ) partition by range (event_id)
    """,
    "create table inbox_default partition of inbox default",
    "select kit_ensure_partitions('inbox', 'event_id', 3)",
    """
    create table inbox_subject_version (
      consumer text not null,
      subject text not null,
      version int not null,
      constraint pk_inbox_subject_version primary key (consumer, subject)
    )
    """,
]
"""Events already handled, per consuming queue, and the newest version seen of each subject."""

MESSAGING_DDL: list[str] = [*PARTITION_DDL, *OUTBOX_DDL, *INBOX_DDL]
"""Everything of this package, in the order of execution."""

MAINTENANCE_SQL: list[str] = [
    "select kit_ensure_partitions('outbox', 'created_at', 3)",
    "select kit_ensure_partitions('inbox', 'event_id', 3)",
    # The answers kept with the keys may hold personal data, and nobody repeats a request after a week.
    """
    do $$ begin
      if to_regclass('idempotency_key') is not null then
        delete from idempotency_key where created_at < app_now() - interval '7 days';
      end if;
    end $$
    """,
    "select kit_drop_partitions('outbox', now() - interval '30 days', 'published_at is null')",
    "select kit_drop_partitions('inbox', now() - interval '90 days', 'false')",
    # Rows of a month without partition would stay in the default one: the journal lets nothing be moved.
    "select kit_ensure_partitions('journal', 'at', 3) where to_regclass('journal') is not null",
]
"""Run daily by the worker: partitions ahead, retention behind (outbox 30 days, inbox 90 days, request keys 7 days).

The inbox is kept longer than any replay window, and unpublished rows are never dropped.
"""

DROP_JOURNAL_SQL = """
    select kit_drop_partitions('journal', now() - make_interval(days => :days), 'false')
    where to_regclass('journal') is not null
"""
"""Run beside them: months of the journal past their retention."""
