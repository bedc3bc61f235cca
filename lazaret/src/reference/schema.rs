//! docs/reference/lazaret.schema.json: the JSON Schema of `lazaret.toml`, from the list of keys.

use crate::config::keys::{Default, EFFECTS, KEYS, Key, SECTIONS};
use crate::config::kind::Kind;
use serde_json::{Map, Value, json};

#[test]
fn schema() {
    let mut sections = Map::new();
    for (section, about) in SECTIONS {
        let mut keys = Map::new();
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            insert(&mut keys, key.name(), key);
        }
        sections.insert((*section).into(), object(about, keys));
    }
    sections.insert("webhooks".into(), webhooks());
    let (sources, mail) = watch();
    sections["watch"]["properties"]["sources"] = sources;
    sections["watch"]["properties"]["mail"] = mail;
    let deny = list_entry(json!({ "effect": { "enum": EFFECTS, "default": "block" } }));
    let allow = list_entry(json!({}));
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lazaret.toml",
        "description": "Written by a test from the list of keys; do not edit.",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
        "$defs": { "deny": deny, "allow": allow }
    });
    super::holds(
        "lazaret.schema.json",
        &format!("{}\n", serde_json::to_string_pretty(&schema).unwrap()),
    );
}

fn object(about: &str, properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "description": about, "additionalProperties": false, "properties": properties })
}

/// `cooldown.days` is a key of the table `cooldown`; a rule may also be given by its effect alone.
fn insert(keys: &mut Map<String, Value>, name: &str, key: &Key) {
    let Some((rule, rest)) = name.split_once('.') else {
        keys.insert(name.into(), of(key));
        return;
    };
    let is_freeze = rule == "freeze";
    let rule = keys
        .entry(rule)
        .or_insert_with(|| json!({ "anyOf": [object("", Map::new())] }));
    rule["anyOf"][0]["properties"][rest] = of(key);
    if is_freeze {
        // It is nothing without its instant.
        rule["anyOf"][0]["required"] = json!(["after"]);
    } else if rest == "effect" {
        rule["anyOf"].as_array_mut().unwrap().push(of(key));
    }
}

fn of(key: &Key) -> Value {
    let mut schema = schema_of(key);
    schema["description"] = key.help.into();
    if let Default::Value(literal) = key.default
        && !matches!(key.kind, Kind::Rules)
    {
        let table: toml::Table = toml::from_str(&format!("value = {literal}")).unwrap();
        schema["default"] = serde_json::to_value(&table["value"]).unwrap();
    }
    schema
}

/// An entry of `deny` or `allow`, with what only that list has.
fn list_entry(mut properties: Value) -> Value {
    properties["package"] = json!({ "type": "string", "minLength": 1, "description": "A name, name@range, or a pattern such as @scope/*." });
    properties["reason"] = json!({ "type": "string", "minLength": 1, "maxLength": 300 });
    properties["until"] = json!({ "type": "string", "description": "A date (the end of that day, UTC) or an instant." });
    json!({ "type": "object", "required": ["package", "reason"], "additionalProperties": false, "properties": properties })
}

/// The list of tables that has no flags; see docs/webhooks.md.
fn webhooks() -> Value {
    let text = |about: &str| json!({ "type": "string", "minLength": 1, "description": about });
    let properties = json!({
        "name": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,40}$" },
        "url": text("Where to send."),
        "url-file": text("A file with the address; relative paths count from lazaret.toml."),
        "url-variable": text("A variable with the address."),
        "secret-file": text("A file with the secret that messages are signed with."),
        "secret-variable": text("A variable with that secret."),
        "format": { "enum": ["json", "slack"], "default": "json" },
        "events": { "type": "array", "items": { "enum": lazaret_server::WEBHOOK_EVENTS } },
    });
    json!({
        "type": "array",
        "description": "Who is told what.",
        "items": { "type": "object", "required": ["name"], "additionalProperties": false, "properties": properties },
    })
}

/// The tables of the watch that have no flags; see docs/watch.md.
fn watch() -> (Value, Value) {
    let text = |about: &str| json!({ "type": "string", "minLength": 1, "description": about });
    let source = json!({
        "name": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,40}$" },
        "kind": { "enum": ["osv", "json", "rss", "atom"] },
        "url": text("Where it is."),
        "path": text("A file, or of osv also a folder; relative paths count from lazaret.toml."),
        "every": { "type": "integer", "minimum": 1, "maximum": 10080, "default": 60, "description": "In minutes." },
    });
    let sources = json!({
        "type": "array",
        "description": "Early warnings of others, told as hints.",
        "items": { "type": "object", "required": ["name", "kind"], "additionalProperties": false, "properties": source },
    });
    let mail = json!({
        "server": text("host:port; 587 without a port, 465 with tls = \"tls\"."),
        "tls": { "enum": ["starttls", "tls", "none"], "default": "starttls" },
        "from": text("Who it is from."),
        "to": { "type": "array", "items": { "type": "string", "minLength": 1 } },
        "user": text("To log in with."),
        "password-file": text("A file with the password; relative paths count from lazaret.toml."),
        "password-variable": text("A variable with it."),
        "events": { "type": "array", "items": { "enum": lazaret_project::watch::event::KINDS } },
    });
    let mail = json!({
        "type": "object", "description": "E-mail by SMTP.", "required": ["server", "from"], "additionalProperties": false, "properties": mail,
    });
    (sources, mail)
}

fn schema_of(key: &Key) -> Value {
    match key.kind {
        Kind::Address | Kind::Path | Kind::Secret | Kind::Filter => {
            json!({ "type": "string", "minLength": 1 })
        }
        Kind::Url => json!({ "type": "string", "format": "uri", "pattern": "^https?://" }),
        Kind::Choice(choices) => json!({ "enum": choices }),
        Kind::Number { least, most, .. } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Instant => json!({ "type": "string", "format": "date-time" }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Names => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        Kind::Rules => {
            json!({ "type": "array", "items": { "$ref": format!("#/$defs/{}", key.name()) } })
        }
    }
}
