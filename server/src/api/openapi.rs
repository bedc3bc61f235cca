//! The OpenAPI 3.1 document, made from the list of endpoints.

use axum::extract::State;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use std::sync::Arc;

use super::{ENDPOINTS, Endpoint, PREFIX, Reply};
use crate::app::App;

pub(super) async fn get(State(_): State<Arc<App>>, _: HeaderMap) -> Reply {
    super::json(200, &document())
}

fn document() -> Value {
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        let path = endpoint.path.replace("{*", "{");
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[endpoint.method] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "lazaret",
            "version": "1",
            "description": "What is held, what people decided about it, and who has what. Every answer in JSON has \
                            `schema`: 1 or belongs to one that has.",
        },
        "servers": [{ "url": PREFIX }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas(),
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    for part in endpoint.path.split('/') {
        let name = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'));
        if let Some(name) = name {
            parameters.push(json!({
                "name": name.trim_start_matches('*'), "in": "path", "required": true,
                "schema": { "type": "string" },
            }));
        }
    }
    for (name, description) in endpoint.query {
        parameters.push(json!({
            "name": name, "in": "query", "description": description, "schema": { "type": "string" },
        }));
    }
    let (status, schema) = endpoint.answer;
    let kind = match endpoint.path.ends_with(".jsonl") {
        true => "application/x-ndjson",
        false => "application/json",
    };
    let answer = match schema {
        "" => json!({ "description": "Done" }),
        schema => {
            json!({ "description": "The answer", "content": { kind: { "schema": reference(schema) } } })
        }
    };
    let problem = json!({
        "description": "What is wrong, in words",
        "content": { "application/json": { "schema": reference("Problem") } },
    });
    let mut operation = json!({
        "summary": endpoint.summary,
        "parameters": parameters,
        "responses": { status.to_string(): answer, "default": problem },
    });
    if endpoint.role.is_empty() {
        operation["security"] = json!([]);
    } else {
        operation["description"] = format!("For a {} or more.", endpoint.role).into();
    }
    if !endpoint.body.is_empty() {
        operation["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": reference(endpoint.body) } },
        });
    }
    operation
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// An object whose fields end in `?` where they may be missing.
fn object(fields: &[(&str, Value)]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, schema) in fields {
        match name.strip_suffix('?') {
            Some(name) => properties.insert(name.to_owned(), schema.clone()),
            None => {
                required.push(*name);
                properties.insert((*name).to_owned(), schema.clone())
            }
        };
    }
    json!({ "type": "object", "required": required, "properties": properties })
}

/// The same for what is sent: nothing else may be in it.
fn request(fields: &[(&str, Value)]) -> Value {
    let mut object = object(fields);
    object["additionalProperties"] = false.into();
    object
}

fn schemas() -> Value {
    let text = || json!({ "type": "string" });
    let time = || json!({ "type": "string", "format": "date-time" });
    let number = || json!({ "type": "integer" });
    let truth = || json!({ "type": "boolean" });
    let null_or = |kind: &str| json!({ "type": [kind, "null"] });
    let one_of = |words: &[&str]| json!({ "type": "string", "enum": words });
    let list = |schema: Value| json!({ "type": "array", "items": schema });
    let schema = || ("schema", json!({ "const": 1 }));
    let role = || one_of(&["reader", "reviewer", "admin"]);
    let change = object(&[
        ("id", text()),
        ("at", time()),
        ("now", one_of(&["allow", "note", "quarantine", "block"])),
        ("then", one_of(&["allow", "note", "quarantine", "block"])),
        ("rule", text()),
        ("reason", text()),
        ("until?", time()),
    ]);
    let replay = |more: &[(&str, Value)]| {
        let mut fields = vec![
            ("versions", number()),
            ("held_now", number()),
            ("held_then", number()),
            (
                "rules",
                json!({
                    "type": "object",
                    "additionalProperties": object(&[("now", number()), ("then", number())]),
                }),
            ),
            ("newly_held", list(change.clone())),
            ("let_go", list(change.clone())),
            ("more_newly_held", number()),
            ("more_let_go", number()),
            ("left_out", number()),
        ];
        fields.extend_from_slice(more);
        object(&fields)
    };
    let withdrawal = object(&[("at", time()), ("person", text()), ("reason", text())]);
    let reason = object(&[
        ("rule", text()),
        ("effect", one_of(&["note", "quarantine", "block"])),
        ("text", text()),
        ("until?", time()),
        ("url?", text()),
    ]);
    let verdict = object(&[
        schema(),
        ("id", text()),
        ("outcome", one_of(&["allow", "note", "quarantine", "block"])),
        ("reasons", list(reason)),
        ("instead?", text()),
        ("evidence", json!({ "type": "object" })),
    ]);
    json!({
        "Document": { "type": "object" },
        "Problem": object(&[("error", text())]),
        "Account": object(&[schema(), ("person", text()), ("role", role())]),
        "Queue": object(&[schema(), ("queue", list(reference("Held")))]),
        "Held": object(&[
            ("id", text()),
            ("name", text()),
            ("version", text()),
            ("outcome", one_of(&["quarantine", "block"])),
            ("rule", text()),
            ("reason", text()),
            ("until?", time()),
            ("since", time()),
            ("waiting", number()),
        ]),
        "Version": object(&[schema(), ("verdict", verdict), ("reviews", list(reference("Review")))]),
        "Reviews": object(&[schema(), ("reviews", list(reference("Review")))]),
        "Review": object(&[
            ("id", text()),
            ("package", text()),
            ("version?", text()),
            ("sha512?", text()),
            ("range?", text()),
            ("decision", one_of(&["approve", "reject"])),
            ("waiver", truth()),
            ("reason", text()),
            ("person", text()),
            ("at", time()),
            ("expires_at?", time()),
            ("in_force", truth()),
            ("withdrawn?", withdrawal.clone()),
        ]),
        "NewReview": request(&[
            ("package", text()),
            ("range?", null_or("string")),
            ("decision", one_of(&["approve", "reject"])),
            ("waiver?", truth()),
            ("reason", text()),
            ("expires_at?", json!({ "type": ["string", "null"], "format": "date-time" })),
            ("sha512?", null_or("string")),
        ]),
        "NewWithdrawal": request(&[("reason", text())]),
        "WhoHas": object(&[
            schema(),
            ("package", text()),
            ("range", text()),
            ("versions", list(text())),
            ("clients", list(object(&[
                ("version", text()),
                ("client", text()),
                ("kind", one_of(&["address", "token"])),
                ("label?", text()),
                ("person?", text()),
                ("agent", text()),
                ("first_at", time()),
                ("last_at", time()),
                ("count", number()),
            ]))),
            ("more", truth()),
            ("projects", list(reference("ProjectHas"))),
            ("more_projects", truth()),
        ]),
        "ProjectHas": object(&[
            ("version", text()),
            ("project", text()),
            ("lockfile", text()),
            ("revision?", text()),
            ("reported_at", time()),
            ("scope", one_of(&["required", "optional", "development"])),
            ("way", list(text())),
            ("sha512?", text()),
        ]),
        "Inventories": object(&[schema(), ("inventories", list(object(&[
            ("id", text()),
            ("project", text()),
            ("lockfile", text()),
            ("revision?", text()),
            ("reported_at", time()),
            ("reported_by", text()),
            ("packages", number()),
        ])))]),
        "NewInventory": request(&[
            schema(),
            ("project", text()),
            ("lockfile", text()),
            ("revision?", null_or("string")),
            ("packages", list(request(&[
                ("name", text()),
                ("version", text()),
                ("integrity?", null_or("string")),
                ("source", text()),
                ("scope", one_of(&["required", "optional", "development"])),
                ("way", list(text())),
            ]))),
        ]),
        "KeptInventory": object(&[schema(), ("packages", number())]),
        "Affected": object(&[
            schema(),
            ("affected", list(object(&[
                ("package", text()),
                ("version", text()),
                ("rule", text()),
                ("reason", text()),
                ("url?", text()),
                ("projects", list(reference("ProjectHas"))),
                ("more", truth()),
            ]))),
            ("more", truth()),
        ]),
        "AskedVersions": request(&[("packages", list(request(&[
            ("id", text()),
            ("integrity?", null_or("string")),
        ])))]),
        "Verdicts": object(&[schema(), ("verdicts", list(object(&[
            ("id", text()),
            ("outcome", one_of(&["approved", "block"])),
            ("rule", text()),
            ("reason", text()),
            ("url?", text()),
        ])))]),
        "ProposedPolicy": request(&[
            ("policy", text()),
            ("lockfile?", json!({ "anyOf": [
                { "type": "null" },
                request(&[("file", text()), ("text", text())]),
            ] })),
        ]),
        "Replay": object(&[
            schema(),
            ("history", replay(&[("since", time())])),
            ("lockfile?", replay(&[("unknown", number()), ("elsewhere", number())])),
        ]),
        "Incidents": object(&[schema(), ("incidents", list(reference("Incident")))]),
        "Incident": object(&[
            ("id", text()),
            ("package", text()),
            ("version", text()),
            ("rule", text()),
            ("reason", text()),
            ("url?", text()),
            ("opened_at", time()),
            ("served_first_at?", time()),
            ("served_last_at?", time()),
            ("served_count", number()),
            ("clients", number()),
            ("closed?", withdrawal.clone()),
        ]),
        "IncidentInFull": object(&[
            schema(),
            ("incident", reference("Incident")),
            ("who", list(object(&[
                ("client", text()),
                ("kind", one_of(&["address", "token"])),
                ("label?", text()),
                ("person?", text()),
                ("agent", text()),
                ("first_at?", time()),
                ("last_at?", time()),
                ("count", number()),
                ("audited_at?", time()),
            ]))),
        ]),
        "Log": object(&[schema(), ("lines", list(reference("LogLine")))]),
        "LogLine": object(&[
            ("actor", null_or("string")),
            ("at", number()),
            ("detail", text()),
            ("hash", null_or("string")),
            ("id", number()),
            ("kind", text()),
            ("name", null_or("string")),
            ("severity", one_of(&["critical", "warning", "info"])),
            ("version", null_or("string")),
        ]),
        "Tokens": object(&[schema(), ("tokens", list(reference("Token")))]),
        "Token": object(&[
            ("id", text()),
            ("person", text()),
            ("label", text()),
            ("role", role()),
            ("created_at", time()),
            ("expires_at", time()),
            ("revoked_at?", time()),
        ]),
        "NewToken": request(&[("label", text()), ("role", role()), ("days", number())]),
        "MadeToken": object(&[schema(), ("token", reference("Token")), ("secret", text())]),
        "Deliveries": object(&[schema(), ("deliveries", list(reference("Delivery")))]),
        "Delivery": object(&[
            ("id", text()),
            ("webhook", text()),
            ("event", text()),
            ("state", one_of(&["queued", "done", "dead"])),
            ("created_at", time()),
            ("not_before", time()),
            ("attempts", number()),
            ("status?", number()),
            ("error?", text()),
            ("ended_at?", time()),
            ("body", text()),
        ]),
        "QueuedDelivery": object(&[schema(), ("delivery", text())]),
        "People": object(&[schema(), ("people", list(reference("Person")))]),
        "Person": object(&[
            ("name", text()),
            ("role", role()),
            ("created_at", time()),
            ("disabled_at?", time()),
            ("locked_until?", time()),
        ]),
        "NewPerson": request(&[("name", text()), ("role", role()), ("password", text())]),
        "NewRole": request(&[("role", role())]),
    })
}
