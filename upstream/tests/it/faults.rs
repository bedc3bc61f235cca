//! Every way an upstream can fail, at the level of one request.

use std::time::{Duration, Instant};

use lazaret_testing::{FakeNpm, Fault, Npm};
use lazaret_upstream::{Answer, Phase, Registry, UpstreamError};

use crate::{chalk, document, packument, registry, settings, tarball};

/// Gives up after two tenths of a second; only for answers that do not come at all.
fn hasty(npm: &FakeNpm) -> Registry {
    let mut settings = settings(npm);
    settings.connect_timeout = Duration::from_millis(100);
    settings.read_timeout = Duration::from_millis(100);
    Registry::new(settings).unwrap()
}

fn phase(error: &UpstreamError) -> Phase {
    match error {
        UpstreamError::Timeout { phase, .. } => *phase,
        other => panic!("not a timeout: {other}"),
    }
}

#[tokio::test]
async fn silence_is_a_timeout_and_not_tried_again() {
    let npm = chalk().start().await;
    let registry = hasty(&npm);
    npm.fault("/chalk", Fault::hang());
    let error = packument(&registry, "chalk").await.unwrap_err();
    assert_eq!(phase(&error), Phase::Answer);
    assert_eq!(npm.requests_to("/chalk").len(), 1);
    npm.silent();
    assert_eq!(
        phase(&packument(&registry, "@s/n").await.unwrap_err()),
        Phase::Answer
    );
}

#[tokio::test]
async fn a_body_that_stops_coming_is_a_timeout() {
    let npm = chalk().start().await;
    let registry = hasty(&npm);
    npm.fault("/chalk", Fault::drip(100, Duration::from_secs(3600)));
    assert_eq!(
        phase(&packument(&registry, "chalk").await.unwrap_err()),
        Phase::Body
    );
    npm.fault(
        "/chalk/-/chalk-5.6.1.tgz",
        Fault::drip(100, Duration::from_secs(3600)),
    );
    assert_eq!(
        phase(&tarball(&registry, "chalk", "5.6.1").await.unwrap_err()),
        Phase::Body
    );
}

#[tokio::test]
async fn a_slow_drip_ends_by_its_rate() {
    let npm = chalk().start().await;
    let mut settings = settings(&npm);
    settings.read_timeout = Duration::from_millis(400);
    settings.min_rate = 1 << 20;
    let registry = Registry::new(settings).unwrap();
    npm.fault_when(|_| true, Fault::drip(5, Duration::from_millis(10)));
    assert_eq!(
        phase(&packument(&registry, "chalk").await.unwrap_err()),
        Phase::Rate
    );
    assert_eq!(
        phase(&tarball(&registry, "chalk", "5.6.1").await.unwrap_err()),
        Phase::Rate
    );
}

#[tokio::test]
async fn a_slow_drip_ends_by_the_total_time() {
    let npm = chalk().start().await;
    let mut settings = settings(&npm);
    settings.min_rate = 0;
    settings.total_timeout = Duration::from_millis(200);
    let registry = Registry::new(settings).unwrap();
    npm.fault_when(|_| true, Fault::drip(5, Duration::from_millis(10)));
    assert_eq!(
        phase(&packument(&registry, "chalk").await.unwrap_err()),
        Phase::Body
    );
    let error = tarball(&registry, "chalk", "5.6.1").await.unwrap_err();
    assert!(
        matches!(error, UpstreamError::Timeout { after, .. } if after == Duration::from_millis(200)),
        "{error}"
    );
}

#[tokio::test]
async fn a_slow_reader_is_not_a_slow_upstream() {
    let npm = chalk().start().await;
    let mut settings = settings(&npm);
    settings.total_timeout = Duration::from_secs(1);
    let registry = Registry::new(settings).unwrap();
    let mut download = registry
        .tarball(&crate::name("chalk"), "5.6.1", None)
        .await
        .unwrap();
    let mut received = 0;
    let started = Instant::now();
    while let Some(piece) = download.chunk().await.unwrap() {
        received += piece.len();
        // The condition waited for is that more time has gone than upstream is given.
        while started.elapsed() < Duration::from_millis(1100) {
            std::thread::yield_now();
        }
    }
    assert_eq!(received, npm.tarball("chalk", "5.6.1").len());
}

#[tokio::test]
async fn a_truncated_body_is_never_a_short_document() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for fault in [
        Fault::truncate(0),
        Fault::truncate(40),
        Fault::truncate(40).chunked(),
    ] {
        npm.fault("/chalk", fault.clone().times(3));
        let error = packument(&registry, "chalk").await.unwrap_err();
        assert!(matches!(error, UpstreamError::Truncated { .. }), "{error}");
        npm.fault("/chalk", fault.times(2));
        assert_eq!(document(&registry, "chalk").await["name"], "chalk");
    }
    assert_eq!(npm.requests_to("/chalk").len(), 18);
}

#[tokio::test]
async fn damaged_gzip_is_an_error_whatever_the_length_says() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for fault in [
        Fault::cut(1),
        Fault::cut(20),
        Fault::append(b"garbage"),
        Fault::append(b"\0"),
        Fault::corrupt(),
        Fault::body("{}").header("content-encoding", "gzip"),
    ] {
        npm.fault("/chalk", fault.clone().times(1));
        let error = packument(&registry, "chalk").await.unwrap_err();
        assert!(
            matches!(error, UpstreamError::BadEncoding { .. }),
            "{fault:?}: {error}"
        );
    }
}

#[tokio::test]
async fn an_encoding_nobody_asked_for_is_an_error() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for encoding in ["br", "zstd", "deflate", "gzip, gzip", "nonsense"] {
        npm.fault(
            "/chalk",
            Fault::headers()
                .header("content-encoding", encoding)
                .times(1),
        );
        let error = packument(&registry, "chalk").await.unwrap_err();
        assert!(
            matches!(error, UpstreamError::BadEncoding { .. }),
            "{encoding}: {error}"
        );
    }
}

#[tokio::test]
async fn a_bomb_ends_at_the_limit() {
    let npm = chalk().start().await;
    let mut settings = settings(&npm);
    settings.max_packument = 1 << 20;
    let registry = Registry::new(settings).unwrap();
    npm.fault("/chalk", Fault::gzip_bomb(300 << 20));
    let error = packument(&registry, "chalk").await.unwrap_err();
    assert!(
        matches!(
            error,
            UpstreamError::TooLarge {
                limit: 1_048_576,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(npm.requests_to("/chalk").len(), 1);
}

#[tokio::test]
async fn a_body_larger_than_the_limit_is_refused_with_and_without_a_length() {
    let npm = Npm::new().big("big", 10, 100_000).start().await;
    let mut settings = settings(&npm);
    settings.max_packument = 50_000;
    let registry = Registry::new(settings).unwrap();
    let plain = vec![b' '; 60_000];
    for fault in [
        Fault::headers(),
        Fault::body(plain.clone()),
        Fault::body(plain).chunked(),
    ] {
        npm.fault("/big", fault);
        let error = packument(&registry, "big").await.unwrap_err();
        assert!(
            matches!(error, UpstreamError::TooLarge { limit: 50_000, .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn server_errors_are_tried_again() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for fault in [
        Fault::status(500),
        Fault::status(502),
        Fault::status(503),
        Fault::status(504),
        Fault::disconnect(),
    ] {
        npm.forget();
        npm.fault("/chalk", fault.times(2));
        assert_eq!(document(&registry, "chalk").await["name"], "chalk");
        assert_eq!(npm.requests_to("/chalk").len(), 3);
    }
    npm.fault("/chalk", Fault::status(503));
    let error = packument(&registry, "chalk").await.unwrap_err();
    assert_eq!((error.status(), error.is_transient()), (Some(503), true));
}

#[tokio::test]
async fn other_refusals_are_not_tried_again() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for status in [400, 402, 405, 418, 451, 204, 206] {
        npm.forget();
        npm.fault("/chalk", Fault::status(status).times(1));
        let error = packument(&registry, "chalk").await.unwrap_err();
        assert_eq!(
            (error.status(), error.is_transient()),
            (Some(status), false)
        );
        assert_eq!(npm.requests_to("/chalk").len(), 1);
    }
}

#[tokio::test]
async fn a_short_retry_after_is_kept_and_a_long_one_is_told() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    for soon in ["0", "Thu, 01 Jan 2026 00:00:00 GMT"] {
        npm.fault("/chalk", Fault::rate_limited(soon).times(2));
        assert_eq!(document(&registry, "chalk").await["name"], "chalk");
    }
    npm.fault("/chalk", Fault::rate_limited("1").times(1));
    let started = Instant::now();
    document(&registry, "chalk").await;
    assert!(started.elapsed() >= Duration::from_secs(1));

    npm.forget();
    npm.fault("/chalk", Fault::rate_limited("120"));
    let error = packument(&registry, "chalk").await.unwrap_err();
    assert!(matches!(error, UpstreamError::RateLimited { .. }));
    assert_eq!(
        (error.status(), error.retry_after()),
        (Some(429), Some(Duration::from_secs(120)))
    );
    npm.fault("/chalk", Fault::status(503).header("retry-after", "60"));
    let error = packument(&registry, "chalk").await.unwrap_err();
    assert_eq!(
        (error.status(), error.retry_after()),
        (Some(503), Some(Duration::from_secs(60)))
    );
    assert_eq!(npm.requests_to("/chalk").len(), 2);
}

#[tokio::test]
async fn garbage_is_handed_on_for_the_parser_to_refuse() {
    let npm = chalk().start().await;
    npm.fault("/chalk", Fault::garbage());
    let Answer::Fresh(document) = packument(&registry(&npm), "chalk").await.unwrap() else {
        panic!()
    };
    assert!(serde_json::from_slice::<serde_json::Value>(&document.body).is_err());
}

#[tokio::test]
async fn a_dead_upstream_is_left_alone_after_five_requests_and_found_again() {
    let npm = chalk().start().await;
    let registry = registry(&npm);
    document(&registry, "chalk").await;
    npm.offline();
    for _ in 0..5 {
        let error = packument(&registry, "chalk").await.unwrap_err();
        assert!(
            matches!(error, UpstreamError::Unreachable { .. }),
            "{error}"
        );
    }
    npm.online();
    let error = packument(&registry, "chalk").await.unwrap_err();
    assert!(
        matches!(error, UpstreamError::CircuitOpen { .. }),
        "{error}"
    );
    assert!(
        error
            .retry_after()
            .is_some_and(|after| after <= Duration::from_secs(5))
    );
    assert!(tarball(&registry, "chalk", "5.6.0").await.is_err());
    assert_eq!(npm.requests().len(), 1);
    // The probe after the pause is tested in `breaker/tests.rs`, whose clock is moved by hand.
}

#[tokio::test]
async fn no_more_requests_are_in_flight_than_set() {
    let npm = chalk().start().await;
    let mut settings = settings(&npm);
    settings.parallel = 4;
    let registry = Registry::new(settings).unwrap();
    npm.fault("/chalk", Fault::hold());
    let asking: Vec<_> = (0..12)
        .map(|_| {
            let registry = registry.clone();
            tokio::spawn(async move { packument(&registry, "chalk").await.is_ok() })
        })
        .collect();
    npm.wait_until(|requests| requests.len() == 4).await;
    npm.heal("/chalk");
    for asked in asking {
        assert!(asked.await.unwrap());
    }
    assert_eq!((npm.requests().len(), npm.most_in_flight()), (12, 4));
}

#[tokio::test]
async fn messages_name_host_fault_and_remedy() {
    let npm = chalk().start().await;
    let host = npm.address();
    let registry = hasty(&npm);
    npm.fault("/chalk", Fault::hang().times(1));
    let error = packument(&registry, "chalk").await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{host} was too slow: waiting for an answer took more than 0.2 s: try again, or raise the upstream timeouts"
        )
    );
    npm.fault("/chalk", Fault::rate_limited("90").times(1));
    let error = packument(&registry, "chalk").await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!("{host} limits our requests: try again in 90 s")
    );
    npm.offline();
    let error = packument(&registry, "chalk").await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{host} cannot be reached (")) && error.contains("HTTPS_PROXY"),
        "{error}"
    );
}
