//! `/-/lazaret/people`: accounts, for admins.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use http::{HeaderMap, Uri};
use jiff::Timestamp;
use lazaret_store::Role;
use serde::Deserialize;

use super::{Frame, Page, caller, see, sender, shown, when};
use crate::app::App;
use crate::mirror::broken_store;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "web/people.html")]
struct People {
    frame: Frame,
    people: Vec<Person>,
}

struct Person {
    name: String,
    role: &'static str,
    since: String,
    disabled: String,
    locked: String,
}

pub(super) async fn get(State(app): State<Arc<App>>, headers: HeaderMap, uri: Uri) -> Page {
    let caller = caller(&app, &headers, &uri).await?;
    caller.needs(Role::Admin)?;
    let now = Timestamp::now();
    let people = app.mirror.store.db.people().await.map_err(broken_store)?;
    let people = people.into_iter().map(|person| Person {
        name: person.name,
        role: person.role.as_str(),
        since: when(person.created_at),
        disabled: person.disabled_at.map_or(String::new(), when),
        locked: person
            .locked_until
            .filter(|until| *until > now)
            .map_or(String::new(), when),
    });
    shown(&People {
        frame: Frame::new(&caller, "people"),
        people: people.collect(),
    })
}

/// One form for all that an admin does here.
#[derive(Deserialize)]
pub(super) struct Change {
    form: String,
    what: String,
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    password: String,
}

pub(super) async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(form): Form<Change>,
) -> Page {
    let caller = sender(&app, &headers, &form.form).await?;
    let role = || Role::parse(&form.role).ok_or_else(|| Problem::bad_request("no such role"));
    let access = &app.access;
    match form.what.as_str() {
        "add" => {
            access
                .add_person(&caller, &form.name, role()?, &form.password)
                .await?;
        }
        "role" => access.set_role(&caller, &form.name, role()?).await?,
        "disable" => access.disable(&caller, &form.name).await?,
        _ => return Err(Problem::bad_request("no such change").into()),
    }
    see("/-/lazaret/people")
}
