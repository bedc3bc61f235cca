//! Credentials: sent below the registry's URL and nowhere else, never shown.

use lazaret_testing::Fixed;
use lazaret_upstream::{Auth, Npmrc, Registry, RegistrySettings, UpstreamError};

use crate::{all, chalk, document, name, settings};

#[tokio::test]
async fn tokens_and_basic_credentials_are_sent() {
    let npm = chalk().token("secret").start().await;
    let text = format!("//{}/:_authToken=secret\n", npm.address());
    let mut with_token = settings(&npm);
    with_token.auth = Npmrc::parse(&text, |_| None)
        .unwrap()
        .credentials_for(&with_token.registry);
    assert_eq!(
        document(&Registry::new(with_token).unwrap(), "chalk").await["name"],
        "chalk"
    );

    let npm = chalk().basic("dTpw").start().await;
    let mut with_password = settings(&npm);
    with_password.auth = Some(Auth::Basic("dTpw".to_owned()));
    let registry = Registry::new(with_password).unwrap();
    assert_eq!(
        crate::tarball(&registry, "chalk", "5.6.0").await.unwrap(),
        npm.tarball("chalk", "5.6.0")
    );
}

#[tokio::test]
async fn they_stay_below_the_registrys_path() {
    let npm = chalk().prefix("/npm").start().await;
    npm.route("/blobs/a.tgz", Fixed::new("outside"));
    npm.route("/npmx/a.tgz", Fixed::new("outside"));
    let mut settings = settings(&npm);
    settings.auth = Some(Auth::Bearer("secret".to_owned()));
    let registry = Registry::new(settings).unwrap();
    for path in ["/blobs/a.tgz", "/npmx/a.tgz"] {
        let offer = format!("{}{path}", npm.origin());
        let download = registry
            .tarball(&name("chalk"), "5.6.0", Some(&offer))
            .await
            .unwrap();
        assert_eq!(all(download).await.unwrap(), b"outside");
        assert_eq!(npm.requests_to(path)[0].header("authorization"), None);
    }
    document(&registry, "chalk").await;
    assert_eq!(
        npm.requests_to("/chalk")[0].header("authorization"),
        Some("Bearer secret")
    );
}

#[tokio::test]
async fn another_port_is_another_origin() {
    let (npm, other) = (chalk().start().await, chalk().start().await);
    let mut settings = settings(&npm);
    settings.auth = Some(Auth::Bearer("secret".to_owned()));
    let registry = Registry::new(settings).unwrap();
    let offer = format!("{}chalk/-/chalk-5.6.0.tgz", other.url());
    all(registry
        .tarball(&name("chalk"), "5.6.0", Some(&offer))
        .await
        .unwrap())
    .await
    .unwrap();
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn settings_that_cannot_work_are_told_without_the_secret() {
    let reason = |change: fn(&mut RegistrySettings)| {
        let mut settings = RegistrySettings::new("https://registry.example/".parse().unwrap());
        change(&mut settings);
        assert!(!format!("{settings:?}").contains("s3cret-token"));
        match Registry::new(settings) {
            Err(UpstreamError::Settings { reason }) => {
                assert!(!reason.contains("s3cret"), "{reason}");
                reason
            }
            other => panic!("{other:?}"),
        }
    };
    assert!(reason(|s| s.registry.set_password(Some("s3cret")).unwrap()).contains(".npmrc"));
    assert!(reason(|s| s.registry.set_query(Some("s3cret"))).contains("query"));
    assert!(reason(|s| s.registry = "ftp://registry.example".parse().unwrap()).contains("scheme"));
    assert!(
        reason(|s| s.auth = Some(Auth::Bearer("s3cret-token\n".to_owned())))
            .contains("log in again")
    );
    assert!(reason(|s| s.extra_ca = Some(b"s3cret".to_vec())).contains("cafile"));
}
