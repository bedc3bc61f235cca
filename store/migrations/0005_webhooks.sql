-- What webhooks tell. Times are milliseconds since 1970, UTC.

-- What happened, written together with what it tells of, until it has become a delivery to each webhook that wants it.
create table news (
    id      bigint not null primary key,
    at      bigint not null,
    kind    text   not null,
    name    text,
    version text,
    detail  text   not null
);

-- For the question whether something was told before.
create index event_by_kind on event (kind, id);

-- The outbox, and the record of what was delivered. `hook` is a name in the configuration, never an address.
create table delivery (
    id         text   not null primary key,
    hook       text   not null,
    event      text   not null,
    body       text   not null,
    created_at bigint not null,
    not_before bigint not null,
    attempts   bigint not null,
    state      text   not null check (state in ('queued', 'done', 'dead')),
    status     bigint,
    error      text,
    ended_at   bigint
);
create index delivery_by_turn on delivery (hook, state, not_before);
create index delivery_by_time on delivery (created_at);
