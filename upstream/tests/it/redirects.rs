//! Redirects: followed by hand, a few, never with credentials to another place.

use lazaret_testing::{Fault, Npm};
use lazaret_upstream::{Auth, Registry, UpstreamError};

use crate::{all, chalk, document, name, packument, registry, settings, tarball};

#[tokio::test]
async fn they_are_followed_on_the_same_host_and_to_another() {
    let cdn = chalk().start().await;
    let npm = Npm::new().start().await;
    let registry = registry(&npm);
    npm.fault("/chalk", Fault::redirect("/moved"));
    npm.fault(
        "/moved",
        Fault::redirect(&format!("{}chalk", cdn.url())).header("content-type", "text/html"),
    );
    assert_eq!(document(&registry, "chalk").await["name"], "chalk");
    npm.fault(
        "/chalk/-/chalk-5.6.1.tgz",
        Fault::redirect(&format!("{}chalk/-/chalk-5.6.1.tgz", cdn.url())),
    );
    assert_eq!(
        tarball(&registry, "chalk", "5.6.1").await.unwrap(),
        cdn.tarball("chalk", "5.6.1")
    );
    for status in [301, 303, 307, 308] {
        npm.fault(
            "/x",
            Fault::status(status).header("location", &format!("{}@s%2fn", cdn.url())),
        );
        assert_eq!(document(&registry, "x").await["name"], "@s/n");
    }
}

#[tokio::test]
async fn credentials_stay_at_home() {
    let npm = chalk().token("secret").start().await;
    let cdn = chalk().start().await;
    let mut settings = settings(&npm);
    settings.auth = Some(Auth::Bearer("secret".to_owned()));
    let registry = Registry::new(settings).unwrap();
    npm.fault("/@s/n", Fault::redirect(&format!("{}chalk", cdn.url())));
    assert_eq!(document(&registry, "@s/n").await["name"], "chalk");
    assert!(
        npm.requests()
            .iter()
            .all(|request| request.header("authorization") == Some("Bearer secret"))
    );
    assert!(
        cdn.requests()
            .iter()
            .all(|request| request.header("authorization").is_none())
    );

    // There and back again: what another host asks of the registry is asked without credentials.
    npm.forget();
    cdn.fault("/chalk", Fault::redirect(&format!("{}chalk", npm.url())));
    assert_eq!(
        packument(&registry, "@s/n").await,
        Ok(lazaret_upstream::Answer::Denied(401))
    );
    assert_eq!(npm.requests_to("/chalk")[0].header("authorization"), None);
}

#[tokio::test]
async fn loops_and_long_chains_end() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    npm.fault("/loop", Fault::redirect("/loop"));
    let error = packument(&registry, "loop").await.unwrap_err();
    assert!(
        matches!(error, UpstreamError::BadRedirect { .. }),
        "{error}"
    );
    assert_eq!(npm.requests_to("/loop").len(), 6);
    for hop in 0..5 {
        npm.fault(
            &format!("/hop{hop}"),
            Fault::redirect(&format!("/hop{}", hop + 1)),
        );
    }
    npm.fault("/hop5", Fault::headers());
    assert_eq!(
        packument(&registry, "hop0").await,
        Ok(lazaret_upstream::Answer::Missing)
    );
}

#[tokio::test]
async fn locations_that_lead_nowhere_good_are_refused() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for location in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://",
        "data:text/plain,x",
        "gopher://x/",
    ] {
        npm.fault("/chalk", Fault::redirect(location).times(1));
        let error = packument(&registry, "chalk").await.unwrap_err();
        assert!(
            matches!(error, UpstreamError::BadRedirect { .. }),
            "{location}: {error}"
        );
        assert!(!error.to_string().contains("passwd"), "{error}");
    }
    npm.fault("/chalk", Fault::status(302).times(1));
    assert!(matches!(
        packument(&registry, "chalk").await,
        Err(UpstreamError::BadRedirect { .. })
    ));
    // The upstream is well all the same.
    document(&registry, "chalk").await;
}

#[tokio::test]
async fn a_redirected_download_that_breaks_off_goes_on() {
    let cdn = chalk().start().await;
    let npm = Npm::new().start().await;
    let path = "/chalk/-/chalk-5.6.1.tgz";
    npm.fault(path, Fault::redirect(&format!("{}{path}", cdn.origin())));
    cdn.fault(path, Fault::truncate(50_000).times(1));
    let download = registry(&npm)
        .tarball(&name("chalk"), "5.6.1", None)
        .await
        .unwrap();
    assert_eq!(all(download).await.unwrap(), cdn.tarball("chalk", "5.6.1"));
    assert_eq!((npm.requests().len(), cdn.requests().len()), (2, 2));
}
