//! Every statement that changes people, sessions and tokens.

use super::PeopleChange;
use crate::writer::{Transaction, WriteError, execute};

/// Applies one change; a conflict leaves nothing behind once the ask is rolled back.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    change: &PeopleChange,
) -> Result<(), WriteError> {
    match change {
        PeopleChange::First(person) => {
            let added = execute!(
                transaction,
                "insert into person (name, role, password, created_at)
                 select $1, $2, $3, $4 where not exists (select 1 from person)",
                &person.name,
                person.role.as_str(),
                person.password.as_str(),
                person.created_at.as_millisecond(),
            );
            expect(added, || "there is an admin already".to_owned())
        }
        PeopleChange::Added(person) => {
            let added = execute!(
                transaction,
                "insert into person (name, role, password, created_at) values ($1, $2, $3, $4)
                 on conflict (name) do nothing",
                &person.name,
                person.role.as_str(),
                person.password.as_str(),
                person.created_at.as_millisecond(),
            );
            expect(added, || format!("the name {} is taken", person.name))
        }
        PeopleChange::Role { name, role } => {
            let changed = execute!(
                transaction,
                "update person set role = $2 where name = $1 and (role <> 'admin' or $2 = 'admin'
                     or (select count(*) from person where role = 'admin' and disabled_at is null) > 1)",
                name,
                role.as_str(),
            );
            expect(changed, || format!("{name} is unknown or the last admin"))
        }
        PeopleChange::Password { name, password } => {
            let changed = execute!(
                transaction,
                "update person set password = $2, failures = 0, locked_until = null where name = $1",
                name,
                password.as_str(),
            );
            execute!(transaction, "delete from session where person = $1", name);
            expect(changed, || format!("{name} is unknown"))
        }
        PeopleChange::Disabled { name, at } => {
            let changed = execute!(
                transaction,
                "update person set disabled_at = $2 where name = $1 and disabled_at is null and (role <> 'admin'
                     or (select count(*) from person where role = 'admin' and disabled_at is null) > 1)",
                name,
                at.as_millisecond(),
            );
            execute!(transaction, "delete from session where person = $1", name);
            execute!(
                transaction,
                "update api_token set revoked_at = $2 where person = $1 and revoked_at is null",
                name,
                at.as_millisecond(),
            );
            expect(changed, || {
                format!("{name} is unknown, disabled already, or the last admin")
            })
        }
        PeopleChange::Failed { name, locked_until } => {
            execute!(
                transaction,
                "update person set failures = failures + 1, locked_until = $2 where name = $1",
                name,
                locked_until.map(|at| at.as_millisecond()),
            );
            Ok(())
        }
        PeopleChange::LoggedIn(session) => {
            let known = execute!(
                transaction,
                "update person set failures = 0, locked_until = null where name = $1 and disabled_at is null",
                &session.person,
            );
            expect(known, || format!("{} may not log in", session.person))?;
            execute!(
                transaction,
                "insert into session (sha256, person, created_at, expires_at) values ($1, $2, $3, $4)",
                &session.sha256,
                &session.person,
                session.created_at.as_millisecond(),
                session.expires_at.as_millisecond(),
            );
            Ok(())
        }
        PeopleChange::LoggedOut { sha256 } => {
            execute!(transaction, "delete from session where sha256 = $1", sha256);
            Ok(())
        }
        PeopleChange::Expired { before } => {
            execute!(
                transaction,
                "delete from session where expires_at <= $1",
                before.as_millisecond(),
            );
            Ok(())
        }
        PeopleChange::TokenAdded(token) => {
            execute!(
                transaction,
                "insert into api_token (id, sha256, person, label, role, created_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6, $7)",
                &token.id,
                &token.sha256,
                &token.person,
                &token.label,
                token.role.as_str(),
                token.created_at.as_millisecond(),
                token.expires_at.as_millisecond(),
            );
            Ok(())
        }
        PeopleChange::TokenRevoked { id, at } => {
            let ended = execute!(
                transaction,
                "update api_token set revoked_at = $2 where id = $1 and revoked_at is null",
                id,
                at.as_millisecond(),
            );
            expect(ended, || format!("there is no token {id} in force"))
        }
    }
}

fn expect(rows: u64, conflict: impl Fn() -> String) -> Result<(), WriteError> {
    match rows {
        0 => Err(WriteError::Conflict(conflict())),
        _ => Ok(()),
    }
}
