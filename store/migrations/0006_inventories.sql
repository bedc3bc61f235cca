-- What projects install, as they said it last. Times are milliseconds since 1970, UTC.

-- One for each lockfile of each project.
create table inventory (
    id          text   not null primary key,
    project     text   not null,
    lockfile    text   not null,
    revision    text,
    reported_at bigint not null,
    reported_by text   not null references person (name),
    packages    bigint not null,
    unique (project, lockfile)
);

-- `way` is the shortest way from the project to the package, `name@version` with `>` between; `sha512` is empty where the
-- lockfile has no such checksum.
create table inventory_item (
    inventory text not null references inventory (id),
    name      text not null,
    version   text not null,
    sha512    text not null,
    source    text not null,
    scope     text not null check (scope in ('required', 'optional', 'development')),
    way       text not null,
    primary key (inventory, name, version, sha512, source)
);
create index inventory_item_by_name on inventory_item (name, version);
