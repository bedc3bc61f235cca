//! The JSON API for programs: every endpoint is one line of [`ENDPOINTS`], from which the router and the OpenAPI document
//! are made.

mod account;
mod incidents;
mod inventories;
mod log;
mod openapi;
mod parts;
mod people;
mod queue;
mod replay;
mod reviews;
mod verdicts;
mod webhooks;
mod who_has;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::problem::Problem;

/// Where the API begins.
pub(crate) const PREFIX: &str = "/-/lazaret/api/v1";

/// Largest body of a request.
const BODY: usize = 64 << 10;

/// Largest body with a lockfile.
pub(crate) const LOCKFILE: usize = 24 << 20;

use parts::{Path, Query};
pub(crate) use queue::Asked;

type Reply = Result<Response, Problem>;

/// One thing to ask for.
struct Endpoint {
    method: &'static str,
    /// After [`PREFIX`], as the router writes it.
    path: &'static str,
    summary: &'static str,
    /// The least role; empty where none is needed.
    role: &'static str,
    /// Names of parameters in the query, with what they say.
    query: &'static [(&'static str, &'static str)],
    /// The schema of the body; empty without one.
    body: &'static str,
    /// The status and the schema of the answer.
    answer: (u16, &'static str),
    route: fn() -> MethodRouter<Arc<App>>,
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "get",
        path: "/openapi.json",
        summary: "This document",
        role: "",
        query: &[],
        body: "",
        answer: (200, "Document"),
        route: || get(openapi::get),
    },
    Endpoint {
        method: "get",
        path: "/account",
        summary: "Whose token this is, and what it may do",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "Account"),
        route: || get(account::get),
    },
    Endpoint {
        method: "get",
        path: "/queue",
        summary: "What is held now",
        role: "reader",
        query: &[
            ("search", "A part of the package's name."),
            ("outcome", "Only `quarantine` or only `block`."),
            ("rule", "Only what this rule holds first of all."),
            (
                "order",
                "`waiting` (most clients first), `newest` or `name`.",
            ),
            ("limit", "At most so many, up to 500."),
            ("offset", "Leave out so many."),
        ],
        body: "",
        answer: (200, "Queue"),
        route: || get(queue::list),
    },
    Endpoint {
        method: "get",
        path: "/versions/{*id}",
        summary: "The verdict on NAME@VERSION with its reasons, evidence and decisions",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "Version"),
        route: || get(queue::show),
    },
    Endpoint {
        method: "get",
        path: "/reviews",
        summary: "Decisions, the newest first",
        role: "reader",
        query: &[
            ("package", "Only of the package of this name."),
            ("in-force", "`true`: only those that count now."),
            ("before", "Only those made before this time."),
            ("limit", "At most so many, up to 500."),
        ],
        body: "",
        answer: (200, "Reviews"),
        route: || get(reviews::list),
    },
    Endpoint {
        method: "post",
        path: "/reviews",
        summary: "Decide about a version, or a range of a package",
        role: "reviewer",
        query: &[],
        body: "NewReview",
        answer: (201, "Review"),
        route: || post(reviews::make),
    },
    Endpoint {
        method: "get",
        path: "/reviews/{id}",
        summary: "One decision",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "Review"),
        route: || get(reviews::show),
    },
    Endpoint {
        method: "post",
        path: "/reviews/{id}/withdraw",
        summary: "Take a decision back; it stays on record",
        role: "reviewer",
        query: &[],
        body: "NewWithdrawal",
        answer: (200, "Review"),
        route: || post(reviews::withdraw),
    },
    Endpoint {
        method: "get",
        path: "/who-has/{*package}",
        summary: "Who downloaded NAME@RANGE, when first and last",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "WhoHas"),
        route: || get(who_has::get),
    },
    Endpoint {
        method: "post",
        path: "/replay",
        summary: "What a policy would have held here in the last 90 days, and would hold of a lockfile; changes nothing",
        role: "reviewer",
        query: &[],
        body: "ProposedPolicy",
        answer: (200, "Replay"),
        route: || post(replay::post).layer(DefaultBodyLimit::max(LOCKFILE)),
    },
    Endpoint {
        method: "get",
        path: "/inventories",
        summary: "What projects reported that they install",
        role: "reader",
        query: &[
            ("limit", "At most so many, up to 500."),
            ("offset", "Leave out so many."),
        ],
        body: "",
        answer: (200, "Inventories"),
        route: || get(inventories::list),
    },
    Endpoint {
        method: "post",
        path: "/inventories",
        summary: "Report what a project's lockfile installs, in place of the report before; the body may be packed with gzip",
        role: "reader",
        query: &[],
        body: "NewInventory",
        answer: (201, "KeptInventory"),
        route: || post(inventories::report).layer(DefaultBodyLimit::max(crate::inventories::SENT)),
    },
    Endpoint {
        method: "delete",
        path: "/inventories/{id}",
        summary: "Forget a project's lockfile",
        role: "reviewer",
        query: &[],
        body: "",
        answer: (204, ""),
        route: || delete(inventories::forget),
    },
    Endpoint {
        method: "get",
        path: "/projects/affected",
        summary: "Versions that are blocked now and that projects have, with the shortest way to each",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "Affected"),
        route: || get(inventories::affected),
    },
    Endpoint {
        method: "post",
        path: "/verdicts",
        summary: "Of many versions those that are blocked, and those that people approved; the body may be packed with gzip",
        role: "reader",
        query: &[],
        body: "AskedVersions",
        answer: (200, "Verdicts"),
        route: || post(verdicts::post).layer(DefaultBodyLimit::max(crate::inventories::SENT)),
    },
    Endpoint {
        method: "get",
        path: "/incidents",
        summary: "Versions that were handed out and are blocked now, the newest first",
        role: "reader",
        query: &[
            ("state", "`open` (as without it) or `closed`."),
            ("limit", "At most so many, up to 500."),
        ],
        body: "",
        answer: (200, "Incidents"),
        route: || get(incidents::list),
    },
    Endpoint {
        method: "get",
        path: "/incidents/{id}",
        summary: "One incident, and who has its version",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "IncidentInFull"),
        route: || get(incidents::show),
    },
    Endpoint {
        method: "post",
        path: "/incidents/{id}/close",
        summary: "Say that an incident was dealt with, and how",
        role: "reviewer",
        query: &[],
        body: "NewWithdrawal",
        answer: (200, "Incident"),
        route: || post(incidents::close),
    },
    Endpoint {
        method: "get",
        path: "/log",
        summary: "A page of the audit log",
        role: "reader",
        query: &[
            ("after", "Lines that follow this id, oldest first."),
            (
                "before",
                "Lines before this id, newest first; without either, the newest.",
            ),
            ("limit", "At most so many, up to 1000."),
        ],
        body: "",
        answer: (200, "Log"),
        route: || get(log::page),
    },
    Endpoint {
        method: "get",
        path: "/log.jsonl",
        summary: "The whole audit log, a line of JSON each, oldest first",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "LogLine"),
        route: || get(log::export),
    },
    Endpoint {
        method: "get",
        path: "/tokens",
        summary: "One's own tokens; all of them for an admin",
        role: "reader",
        query: &[],
        body: "",
        answer: (200, "Tokens"),
        route: || get(account::tokens),
    },
    Endpoint {
        method: "post",
        path: "/tokens",
        summary: "Make a token; its text is shown this once",
        role: "reader",
        query: &[],
        body: "NewToken",
        answer: (201, "MadeToken"),
        route: || post(account::make_token),
    },
    Endpoint {
        method: "delete",
        path: "/tokens/{id}",
        summary: "End a token",
        role: "reader",
        query: &[],
        body: "",
        answer: (204, ""),
        route: || delete(account::revoke_token),
    },
    Endpoint {
        method: "get",
        path: "/webhooks/deliveries",
        summary: "What webhooks were told, the newest first",
        role: "admin",
        query: &[("limit", "At most so many, up to 500.")],
        body: "",
        answer: (200, "Deliveries"),
        route: || get(webhooks::deliveries),
    },
    Endpoint {
        method: "post",
        path: "/webhooks/{name}/test",
        summary: "Send a webhook a message that says that it is a test",
        role: "admin",
        query: &[],
        body: "",
        answer: (202, "QueuedDelivery"),
        route: || post(webhooks::test),
    },
    Endpoint {
        method: "get",
        path: "/people",
        summary: "Who has an account",
        role: "admin",
        query: &[],
        body: "",
        answer: (200, "People"),
        route: || get(people::list),
    },
    Endpoint {
        method: "post",
        path: "/people",
        summary: "Give somebody an account",
        role: "admin",
        query: &[],
        body: "NewPerson",
        answer: (201, "Person"),
        route: || post(people::add),
    },
    Endpoint {
        method: "post",
        path: "/people/{name}/role",
        summary: "Give somebody another role",
        role: "admin",
        query: &[],
        body: "NewRole",
        answer: (200, "Person"),
        route: || post(people::set_role),
    },
    Endpoint {
        method: "post",
        path: "/people/{name}/disable",
        summary: "End somebody's account, sessions and tokens; what they did stays on record",
        role: "admin",
        query: &[],
        body: "",
        answer: (200, "Person"),
        route: || post(people::disable),
    },
];

pub(crate) fn router() -> Router<Arc<App>> {
    ENDPOINTS
        .iter()
        .fold(Router::new(), |router, endpoint| {
            router.route(&format!("{PREFIX}{}", endpoint.path), (endpoint.route)())
        })
        .layer(DefaultBodyLimit::max(BODY))
}

/// A value as JSON, never kept by anybody on the way.
fn json(status: u16, value: &impl Serialize) -> Reply {
    let body = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        Problem::internal()
    })?;
    let status = http::StatusCode::from_u16(status).map_err(|_| Problem::internal())?;
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ];
    Ok((status, headers, body).into_response())
}

/// A request's body, strictly: what is not known is an error, for it may have been meant to matter.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("the request's body is not right: {error}")))
}
