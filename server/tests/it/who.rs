//! People at a mirror: made the way real ones are, with sessions and tokens.

use http::Method;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::stage::{PUBLIC, Stage};

pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) const API: &str = "/-/lazaret/api/v1";

/// Somebody who is logged in.
pub(crate) struct Who {
    pub(crate) cookie: String,
    /// What forms have to repeat.
    pub(crate) form: String,
    pub(crate) token: String,
}

/// `a=b&c=d`.
pub(crate) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let fields = fields.iter().map(|(key, value)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        format!("{key}={value}")
    });
    fields.collect::<Vec<_>>().join("&").into_bytes()
}

/// The value of the session's cookie in an answer that sets one.
pub(crate) fn cookie(reply: &Reply) -> String {
    let set = reply.header("set-cookie");
    set.split(';').next().unwrap().to_owned()
}

/// What stands between two texts.
pub(crate) fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text
        .find(before)
        .unwrap_or_else(|| panic!("{before} is not in {text}"))
        + before.len();
    &text[start..start + text[start..].find(after).unwrap()]
}

impl Stage {
    pub(crate) async fn send_form(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Reply {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, path, &all, form(fields)).await
    }

    /// The first admin, by the link that the first start prints.
    pub(crate) async fn admin(&self) -> Who {
        let link = self.server().setup_link().await.unwrap().unwrap();
        let path = link.strip_prefix(PUBLIC).unwrap().to_owned();
        let made = self
            .send_form(&path, &[], &[("name", "anna"), ("password", PASSWORD)])
            .await;
        assert_eq!(made.status, 303, "{}", made.text());
        self.known(cookie(&made), "admin").await
    }

    /// One more person of this role, made by `admin`.
    pub(crate) async fn person(&self, admin: &Who, name: &str, role: &str) -> Who {
        let body = json!({"name": name, "role": role, "password": PASSWORD});
        let made = self.api(admin, Method::POST, "/people", &body).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let reply = self.log_in(name, PASSWORD).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        self.known(cookie(&reply), role).await
    }

    async fn known(&self, cookie: String, role: &str) -> Who {
        let headers = [("cookie", &*cookie)];
        let page = self.ask("/-/lazaret/account", &headers).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let form = between(page.text(), "name=\"form\" value=\"", "\"").to_owned();
        let fields = [
            ("form", &*form),
            ("label", "tests"),
            ("role", role),
            ("days", "1"),
        ];
        let page = self
            .send_form("/-/lazaret/account/token", &headers, &fields)
            .await;
        assert_eq!(page.status, 200, "{}", page.text());
        let token = between(page.text(), "<pre>", "</pre>").to_owned();
        Who {
            cookie,
            form,
            token,
        }
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Reply {
        let fields = [("name", name), ("password", password)];
        self.send_form("/-/lazaret/login", &[], &fields).await
    }

    pub(crate) async fn api(&self, who: &Who, method: Method, path: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {}", who.token);
        let headers = [
            ("authorization", &*bearer),
            ("content-type", "application/json"),
        ];
        let body = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        self.send(method, &format!("{API}{path}"), &headers, body)
            .await
    }

    pub(crate) async fn page(&self, who: &Who, path: &str) -> Reply {
        self.ask(path, &[("cookie", &who.cookie)]).await
    }

    /// A decision by the API: `decision` with what `more` says.
    pub(crate) async fn decide(
        &self,
        who: &Who,
        package: &str,
        decision: &str,
        more: Value,
    ) -> Reply {
        let mut body = json!({"package": package, "decision": decision, "reason": "looked at it"});
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.api(who, Method::POST, "/reviews", &body).await
    }
}
