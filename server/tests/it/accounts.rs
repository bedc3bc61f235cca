//! Accounts: the first admin's link, logging in, sessions, tokens, and what keeps strangers out.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{PUBLIC, Stage, chalk};
use crate::who::{PASSWORD, cookie, form};

#[tokio::test]
async fn the_first_link_makes_one_admin() {
    let mut stage = Stage::of(chalk()).on_disk().start().await;
    let old = stage.server().setup_link().await.unwrap().unwrap();
    let link = stage.server().setup_link().await.unwrap().unwrap();
    let path = |link: &str| link.strip_prefix(PUBLIC).unwrap().to_owned();
    assert_eq!(
        stage.get(&path(&old)).await.status,
        404,
        "a newer link was made"
    );
    assert_eq!(stage.get("/-/lazaret/setup/0123").await.status, 404);
    assert_eq!(stage.get(&path(&link)).await.status, 200);
    let short = [("name", "anna"), ("password", "short")];
    let reply = stage.send_form(&path(&link), &[], &short).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("at least 12 characters"));
    let long = [("name", " Anna "), ("password", PASSWORD)];
    let made = stage.send_form(&path(&link), &[], &long).await;
    assert_eq!((made.status, made.header("location")), (303, "/-/lazaret/"));
    // Of no use a second time, nor after a restart.
    assert_eq!(stage.send_form(&path(&link), &[], &long).await.status, 404);
    assert_eq!(stage.server().setup_link().await.unwrap(), None);
    stage.restart().await;
    assert_eq!(stage.server().setup_link().await.unwrap(), None);
    assert_eq!(stage.log_in("anna", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn a_session_is_a_cookie_that_scripts_and_others_do_not_get() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    let reply = stage.log_in("anna", PASSWORD).await;
    let set = reply.header("set-cookie");
    for part in [
        "; HttpOnly",
        "; SameSite=Strict",
        "; Path=/-/lazaret",
        "; Max-Age=43200",
    ] {
        assert!(set.contains(part), "{set}");
    }
    let session = cookie(&reply);
    let page = stage.ask("/-/lazaret/", &[("cookie", &session)]).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.text().contains("<script"));
    // Each session has a form token of its own.
    let foreign = stage
        .send_form(
            "/-/lazaret/logout",
            &[("cookie", &session)],
            &[("form", &anna.form)],
        )
        .await;
    assert_eq!(foreign.status, 403);
    let own = [("form", &*anna.form)];
    let elsewhere = [("cookie", &*anna.cookie), ("sec-fetch-site", "cross-site")];
    assert_eq!(
        stage
            .send_form("/-/lazaret/logout", &elsewhere, &own)
            .await
            .status,
        403
    );
    let here = [("cookie", &*anna.cookie), ("sec-fetch-site", "same-origin")];
    let out = stage.send_form("/-/lazaret/logout", &here, &own).await;
    assert_eq!(out.status, 303);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(stage.page(&anna, "/-/lazaret/").await.status, 303);
    assert_eq!(
        stage
            .ask("/-/lazaret/", &[("cookie", &session)])
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn strangers_are_sent_to_log_in_and_come_back() {
    let stage = Stage::new(chalk()).await;
    stage.admin().await;
    for path in [
        "/-/lazaret/",
        "/-/lazaret/queue?rule=cooldown",
        "/-/lazaret/version/chalk@5.6.1",
        "/-/lazaret/package/chalk",
        "/-/lazaret/log",
        "/-/lazaret/settings",
        "/-/lazaret/account",
        "/-/lazaret/people",
        "/-/lazaret/search?q=chalk",
    ] {
        let reply = stage.get(path).await;
        assert_eq!(reply.status, 303, "{path}");
        let expected = form(&[("next", path)]);
        let next = String::from_utf8(expected).unwrap().to_lowercase();
        let location = reply.header("location");
        assert!(location.starts_with("/-/lazaret/login?next="), "{location}");
        assert!(location.len() <= "/-/lazaret/login?".len() + next.len());
    }
    // Nobody asked the registry anything for a stranger.
    assert_eq!(stage.npm.connections(), 0);
    let fields = [
        ("name", "anna"),
        ("password", PASSWORD),
        ("next", "/-/lazaret/queue?rule=cooldown"),
    ];
    let reply = stage.send_form("/-/lazaret/login", &[], &fields).await;
    assert_eq!(reply.header("location"), "/-/lazaret/queue?rule=cooldown");
    let elsewhere = [fields[0], fields[1], ("next", "//evil.invalid/")];
    let reply = stage.send_form("/-/lazaret/login", &[], &elsewhere).await;
    assert_eq!(reply.header("location"), "/-/lazaret/");
}

#[tokio::test]
async fn guessing_locks_the_account_and_is_on_record() {
    let stage = Stage::new(chalk()).await;
    stage.admin().await;
    for _ in 0..5 {
        let reply = stage.log_in("anna", "a wrong password").await;
        assert_eq!(reply.status, 401);
        assert!(!reply.has("set-cookie"));
    }
    // The right one does not help now, and the answer does not tell which it was.
    let right = stage.log_in("anna", PASSWORD).await;
    assert_eq!(right.status, 401);
    let nobody = stage.log_in("nobody", PASSWORD).await;
    let told = |text: &str| text.replace("anna", "").replace("nobody", "");
    assert_eq!(told(right.text()), told(nobody.text()));
    let failed = stage.all_events("log-in-failed").await;
    assert_eq!(failed.len(), 5);
    assert!(
        failed[4].event.detail.contains("locked_until\":\"20"),
        "{}",
        failed[4].event.detail
    );
    assert!(!failed[0].event.detail.contains("wrong password"));
}

#[tokio::test]
async fn an_address_tries_so_many_names_and_no_more() {
    let stage = Stage::new(chalk()).await;
    let mut statuses = Vec::new();
    for number in 0..22 {
        statuses.push(
            stage
                .log_in(&format!("name{number}"), PASSWORD)
                .await
                .status,
        );
    }
    assert_eq!(statuses[..20], [401; 20]);
    assert_eq!(statuses[20..], [429; 2]);
}

#[tokio::test]
async fn a_token_does_what_its_role_may_and_ends() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    let ben = stage.person(&anna, "ben", "reader").await;
    let account = stage.api(&ben, Method::GET, "/account", &Value::Null).await;
    assert_eq!(
        account.json(),
        json!({"schema": 1, "person": "ben", "role": "reader"})
    );
    // A reader cannot make a token that may more than they may.
    let more = json!({"label": "more", "role": "admin", "days": 1});
    assert_eq!(
        stage
            .api(&ben, Method::POST, "/tokens", &more)
            .await
            .error()
            .0,
        403
    );
    assert_eq!(
        stage
            .api(&ben, Method::GET, "/people", &Value::Null)
            .await
            .error()
            .0,
        403
    );
    let less = json!({"label": "less", "role": "reader", "days": 1});
    let made = stage
        .api(&anna, Method::POST, "/tokens", &less)
        .await
        .json();
    let less = crate::who::Who {
        token: made["secret"].as_str().unwrap().to_owned(),
        cookie: String::new(),
        form: String::new(),
    };
    assert_eq!(
        stage
            .api(&less, Method::GET, "/people", &Value::Null)
            .await
            .error()
            .0,
        403
    );
    // Listed without its text.
    let listed = stage.api(&anna, Method::GET, "/tokens", &Value::Null).await;
    assert_eq!(listed.json()["tokens"].as_array().unwrap().len(), 3);
    assert!(!listed.text().contains("lzt_"));
    let of_ben = stage
        .api(&ben, Method::GET, "/tokens", &Value::Null)
        .await
        .json();
    assert_eq!(of_ben["tokens"].as_array().unwrap().len(), 1);

    let path = format!("/tokens/{}", made["token"]["id"].as_str().unwrap());
    assert_eq!(
        stage
            .api(&ben, Method::DELETE, &path, &Value::Null)
            .await
            .error()
            .0,
        403
    );
    assert_eq!(
        stage
            .api(&anna, Method::DELETE, &path, &Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(
        stage
            .api(&less, Method::GET, "/account", &Value::Null)
            .await
            .error()
            .0,
        401
    );
    // The person goes, and so does all that acts for them.
    let out = stage
        .api(&anna, Method::POST, "/people/ben/disable", &Value::Null)
        .await;
    assert_eq!(out.status, 200);
    assert_eq!(
        stage
            .api(&ben, Method::GET, "/account", &Value::Null)
            .await
            .error()
            .0,
        401
    );
    assert_eq!(stage.page(&ben, "/-/lazaret/").await.status, 303);
    assert_eq!(stage.log_in("ben", PASSWORD).await.status, 401);
    let last = stage
        .api(&anna, Method::POST, "/people/anna/disable", &Value::Null)
        .await;
    assert_eq!(last.error().0, 409);
}

#[tokio::test]
async fn a_person_made_less_has_tokens_that_may_less() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    let ben = stage.person(&anna, "ben", "admin").await;
    assert_eq!(
        stage
            .api(&ben, Method::GET, "/people", &Value::Null)
            .await
            .status,
        200
    );
    let role = json!({"role": "reader"});
    let changed = stage
        .api(&anna, Method::POST, "/people/ben/role", &role)
        .await;
    assert_eq!(changed.json()["role"], "reader");
    assert_eq!(
        stage
            .api(&ben, Method::GET, "/people", &Value::Null)
            .await
            .error()
            .0,
        403
    );
    assert_eq!(stage.page(&ben, "/-/lazaret/people").await.status, 403);
}

#[tokio::test]
async fn another_password_ends_every_session() {
    let stage = Stage::new(chalk()).await;
    let anna = stage.admin().await;
    let headers = [("cookie", &*anna.cookie)];
    let change = |old: &'static str| {
        [
            ("form", anna.form.clone()),
            ("old", old.to_owned()),
            ("new", "another long one".to_owned()),
        ]
    };
    let wrong = change("not the password");
    let wrong: Vec<_> = wrong.iter().map(|(key, value)| (*key, &**value)).collect();
    assert_eq!(
        stage
            .send_form("/-/lazaret/account/password", &headers, &wrong)
            .await
            .status,
        403
    );
    assert_eq!(stage.page(&anna, "/-/lazaret/").await.status, 200);
    let right = change(PASSWORD);
    let right: Vec<_> = right.iter().map(|(key, value)| (*key, &**value)).collect();
    assert_eq!(
        stage
            .send_form("/-/lazaret/account/password", &headers, &right)
            .await
            .status,
        303
    );
    assert_eq!(stage.page(&anna, "/-/lazaret/").await.status, 303);
    assert_eq!(stage.log_in("anna", PASSWORD).await.status, 401);
    assert_eq!(stage.log_in("anna", "another long one").await.status, 303);
}
