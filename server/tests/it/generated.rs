//! Requests made from the OpenAPI document: right ones, almost right ones and nonsense. Whatever is asked, the answer is
//! one that the document promises.

use http::Method;
use serde_json::{Map, Value, json};

use crate::reply::Reply;
use crate::stage::{Stage, chalk, decade, eventually, malware};
use crate::who::API;

/// Requests for each operation. With all operations, fewer than one token may make in a minute.
const EACH: u64 = 14;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Texts that mean something somewhere, and texts that hurt where somebody was careless.
const TEXTS: &[&str] = &[
    "chalk@5.6.1",
    "chalk",
    "chalk@^5",
    "@scope/name@1.0.0",
    "approve",
    "reject",
    "reviewer",
    "package-lock.json",
    "{\"lockfileVersion\":3,\"packages\":{}}",
    "[policy]\ncooldown = \"off\"\n",
    "2030-01-01T00:00:00Z",
    "true",
    "7",
    "",
    " ",
    "../../etc/passwd",
    "a\u{0}b",
    "\u{202e}\u{1b}[2J",
    "'; drop table event; --",
    "<script>alert(1)</script>",
    "😀",
    "-1",
    "9999999999999999999999",
    "NaN",
];

struct Document(Value);

impl Document {
    fn schema<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let path = reference.strip_prefix('#').unwrap();
                self.schema(self.0.pointer(path).unwrap())
            }
            None => schema,
        }
    }

    /// A value of a schema.
    fn value(&self, schema: &Value, dice: &mut Dice) -> Value {
        let schema = self.schema(schema);
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            return dice.one(words).clone();
        }
        if let Some(any) = schema["anyOf"].as_array() {
            return self.value(dice.one(any), dice);
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.clone(),
            kind => vec![kind.clone()],
        };
        match dice.one(&kinds).as_str().unwrap_or("null") {
            "string" if schema["format"] == "date-time" => json!("2030-01-01T00:00:00Z"),
            "string" => json!(dice.one(TEXTS)),
            "integer" => json!(*dice.one(&[0, 1, 7, 30, -1, i64::MAX])),
            "boolean" => json!(dice.below(2) == 0),
            "array" => (0..dice.below(3))
                .map(|_| self.value(&schema["items"], dice))
                .collect(),
            "object" => {
                let mut object = Map::new();
                for (name, of) in schema["properties"].as_object().into_iter().flatten() {
                    let required = schema["required"].as_array();
                    let is_required = required.is_some_and(|all| all.iter().any(|one| one == name));
                    if is_required || dice.below(2) == 0 {
                        object.insert(name.clone(), self.value(of, dice));
                    }
                }
                Value::Object(object)
            }
            _ => Value::Null,
        }
    }

    /// A value of which something is wrong.
    fn spoiled(&self, schema: &Value, dice: &mut Dice) -> Value {
        let mut value = self.value(schema, dice);
        let wrong = [
            Value::Null,
            json!(7),
            json!(-1.5),
            json!([[[]]]),
            json!({"a": {}}),
            json!("x".repeat(5000)),
        ];
        let Some(object) = value.as_object_mut() else {
            return dice.one(&wrong).clone();
        };
        let names: Vec<String> = object.keys().cloned().collect();
        match (dice.below(4), names.is_empty()) {
            (0, _) => drop(object.insert("unknown".to_owned(), json!(1))),
            (1, false) => drop(object.remove(dice.one(&names))),
            (2, false) => drop(object.insert(dice.one(&names).clone(), dice.one(&wrong).clone())),
            _ => return dice.one(&wrong).clone(),
        }
        value
    }

    /// What is wrong with a value; nothing if it is of this schema.
    fn wrong(&self, schema: &Value, value: &Value, place: &str) -> Vec<String> {
        let schema = self.schema(schema);
        if let Some(any) = schema["anyOf"].as_array() {
            let fits = |of: &Value| self.wrong(of, value, place).is_empty();
            return match any.iter().any(fits) {
                true => Vec::new(),
                false => vec![format!("{place}: {value} is none of them")],
            };
        }
        if let Some(constant) = schema.get("const")
            && constant != value
        {
            return vec![format!("{place}: {value} is not {constant}")];
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            return vec![format!("{place}: {value} is none of {words:?}")];
        }
        let kinds = match &schema["type"] {
            Value::Array(kinds) => kinds.clone(),
            Value::Null => return Vec::new(),
            kind => vec![kind.clone()],
        };
        let is = |kind: &Value| match kind.as_str().unwrap() {
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            other => panic!("{other} is no type that is known here"),
        };
        if !kinds.iter().any(is) {
            return vec![format!("{place}: {value} is no {kinds:?}")];
        }
        if schema["format"] == "date-time"
            && let Some(text) = value.as_str()
            && text.parse::<jiff::Timestamp>().is_err()
        {
            return vec![format!("{place}: {text} is no time")];
        }
        let mut wrong = Vec::new();
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            wrong.extend(self.wrong(&schema["items"], item, &format!("{place}[{index}]")));
        }
        if let Some(object) = value.as_object() {
            let properties = schema["properties"].as_object();
            for name in schema["required"].as_array().into_iter().flatten() {
                if !object.contains_key(name.as_str().unwrap()) {
                    wrong.push(format!("{place}: {name} is missing"));
                }
            }
            for (name, item) in object {
                let place = format!("{place}.{name}");
                match properties.and_then(|all| all.get(name)) {
                    Some(of) => wrong.extend(self.wrong(of, item, &place)),
                    None if schema["additionalProperties"].is_object() => {
                        wrong.extend(self.wrong(&schema["additionalProperties"], item, &place));
                    }
                    // An object without a list of its members may hold anything.
                    None if properties.is_none() => {}
                    None => wrong.push(format!("{place} is not in the document")),
                }
            }
        }
        wrong
    }

    /// What an answer has that the document does not promise.
    fn broken(&self, operation: &Value, reply: &Reply) -> Vec<String> {
        let status = reply.status.to_string();
        if reply.status >= 400 {
            if reply.status >= 500 {
                return vec![format!("{status}: {}", reply.text())];
            }
            let problem = &operation["responses"]["default"]["content"]["application/json"];
            return match serde_json::from_slice(&reply.body) {
                Ok(body) => self.wrong(&problem["schema"], &body, "problem"),
                Err(_) => vec![format!("{status} in no JSON: {}", reply.text())],
            };
        }
        let promised = &operation["responses"][&status];
        if promised.is_null() {
            return vec![format!("{status} is not promised")];
        }
        let Some(content) = promised["content"].as_object() else {
            return match reply.body.is_empty() {
                true => Vec::new(),
                false => vec![format!("a body with {status}")],
            };
        };
        let (kind, of) = content.iter().next().unwrap();
        if reply.header("content-type") != kind {
            return vec![format!("{} is not {kind}", reply.header("content-type"))];
        }
        let texts: Vec<&str> = match kind.as_str() {
            "application/x-ndjson" => reply.text().lines().collect(),
            _ => vec![reply.text()],
        };
        let wrong = |text: &&str| match serde_json::from_str(text) {
            Ok(value) => self.wrong(&of["schema"], &value, "answer"),
            Err(error) => vec![error.to_string()],
        };
        texts.iter().flat_map(wrong).collect()
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn every_answer_is_one_that_the_document_promises() {
    let stage = Stage::of(chalk())
        .policy(decade())
        .people(|people| people.approvals = 1)
        .start()
        .await;
    let anna = stage.admin().await;
    stage.person(&anna, "ben", "reviewer").await;
    // Something of everything there is to tell.
    stage.get("/chalk/-/chalk-5.6.1.tgz").await;
    assert_eq!(stage.get("/chalk/-/chalk-5.6.0.tgz").await.status, 200);
    stage
        .set_advisories(&[malware("MAL-2025-1", "chalk", &["5.6.0"])])
        .await;
    let incident = eventually("an incident", async || {
        let all = stage.store.db.incidents(true, 1).await.unwrap();
        all.first().map(|one| one.id.clone())
    })
    .await;
    let made = stage
        .decide(&anna, "chalk@5.6.1", "approve", json!({}))
        .await;
    let review = made.json()["id"].as_str().unwrap().to_owned();

    let document = stage.get(&format!("{API}/openapi.json")).await.json();
    let document = Document(document);
    let mut dice = Dice(2026);
    let bearer = format!("Bearer {}", anna.token);
    let headers = [
        ("authorization", &*bearer),
        ("content-type", "application/json"),
    ];
    let (mut failures, mut fine, mut asked) = (Vec::new(), 0, 0);
    for (path, item) in document.0["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut fine_here = 0;
            for turn in 0..EACH {
                let mut address = format!("{API}{path}");
                let mut query = Vec::new();
                for parameter in operation["parameters"].as_array().unwrap() {
                    let name = parameter["name"].as_str().unwrap();
                    if parameter["in"] == "query" {
                        if dice.below(3) == 0 {
                            query.push(format!("{name}={}", encoded(dice.one::<&str>(TEXTS))));
                        }
                        continue;
                    }
                    let known: &[&str] = match name {
                        // Not the one whose token this is.
                        "name" => &["ben"],
                        "package" => &["chalk@^5", "chalk"],
                        _ if path.contains("incidents") => &[&incident],
                        _ if path.contains("reviews") => &[&review],
                        _ => &["chalk@5.6.1"],
                    };
                    let value = match turn % 2 {
                        0 => *dice.one(known),
                        _ => *dice.one(TEXTS),
                    };
                    address = address.replace(&format!("{{{name}}}"), &encoded(value));
                }
                if !query.is_empty() {
                    address = format!("{address}?{}", query.join("&"));
                }
                let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
                let body = match schema {
                    Value::Null => Vec::new(),
                    schema => {
                        let value = match turn % 3 {
                            2 => document.spoiled(schema, &mut dice),
                            _ => document.value(schema, &mut dice),
                        };
                        value.to_string().into_bytes()
                    }
                };
                let told = String::from_utf8_lossy(&body).into_owned();
                let verb = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let reply = stage.send(verb, &address, &headers, body).await;
                assert_ne!(reply.status, 429, "fewer requests, or more tokens");
                asked += 1;
                fine_here += u64::from(reply.status < 300);
                for broken in document.broken(operation, &reply) {
                    failures.push(format!("{method} {address} {told:.300}: {broken:.500}"));
                }
            }
            fine += u64::from(fine_here > 0);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // It did not only collect refusals.
    assert!(asked > 300, "{asked}");
    assert!(fine >= 20, "only {fine} operations ever answered well");
}
