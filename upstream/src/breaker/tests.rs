//! The breaker with its clock moved by hand.

use std::time::Duration;

use tokio::time::advance;
use url::Url;

use super::Breaker;
use crate::{Phase, UpstreamError};

fn url(path: &str) -> Url {
    Url::parse("https://registry.example")
        .unwrap()
        .join(path)
        .unwrap()
}

fn unreachable() -> UpstreamError {
    UpstreamError::Unreachable {
        host: "registry.example".to_owned(),
        reason: "refused".to_owned(),
    }
}

fn status(code: u16) -> UpstreamError {
    UpstreamError::Status {
        host: "registry.example".to_owned(),
        code,
        retry_after: None,
    }
}

fn refusal(breaker: &Breaker) -> Option<u64> {
    breaker
        .admit()
        .err()
        .and_then(|error| error.retry_after())
        .map(|pause| pause.as_secs())
}

fn broken() -> Breaker {
    let breaker = Breaker::new("registry.example");
    for _ in 0..5 {
        breaker.admit().unwrap().failed(&url("/a"), &unreachable());
    }
    breaker
}

#[tokio::test(start_paused = true)]
async fn five_failures_in_a_row_open_it_and_one_probe_tries() {
    let breaker = broken();
    assert_eq!(refusal(&breaker), Some(5));
    advance(Duration::from_secs(4)).await;
    assert_eq!(refusal(&breaker), Some(1));
    advance(Duration::from_secs(1)).await;
    let probe = breaker.admit().unwrap();
    assert!(probe.is_probe());
    assert_eq!(refusal(&breaker), Some(1));
    probe.succeeded();
    assert!(!breaker.admit().unwrap().is_probe());
}

#[tokio::test(start_paused = true)]
async fn each_failed_probe_doubles_the_pause_up_to_a_minute() {
    let breaker = broken();
    for pause in [5, 10, 20, 40, 60, 60] {
        assert_eq!(refusal(&breaker), Some(pause));
        advance(Duration::from_secs(pause)).await;
        breaker.admit().unwrap().failed(&url("/a"), &unreachable());
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_passes_its_turn_on() {
    let breaker = broken();
    advance(Duration::from_secs(5)).await;
    drop(breaker.admit().unwrap());
    assert!(breaker.admit().unwrap().is_probe());
}

#[tokio::test(start_paused = true)]
async fn a_success_between_or_an_answer_we_refuse_starts_the_count_anew() {
    let breaker = Breaker::new("registry.example");
    let too_large = UpstreamError::TooLarge {
        host: String::new(),
        limit: 1,
    };
    for round in 0..4 {
        for _ in 0..4 {
            breaker.admit().unwrap().failed(&url("/a"), &unreachable());
        }
        if round % 2 == 0 {
            breaker.admit().unwrap().succeeded();
        } else {
            breaker.admit().unwrap().failed(&url("/a"), &too_large);
        }
    }
    assert_eq!(refusal(&breaker), None);
}

#[tokio::test(start_paused = true)]
async fn one_bad_package_does_not_open_it() {
    let breaker = Breaker::new("registry.example");
    let hang = UpstreamError::Timeout {
        host: String::new(),
        phase: Phase::Answer,
        after: Duration::ZERO,
    };
    for _ in 0..20 {
        breaker.admit().unwrap().failed(&url("/bad"), &status(500));
        breaker.admit().unwrap().failed(&url("/bad"), &hang);
    }
    assert_eq!(refusal(&breaker), None);
    for path in ["/a", "/b", "/c", "/d"] {
        breaker.admit().unwrap().failed(&url(path), &status(503));
    }
    assert_eq!(refusal(&breaker), Some(5));
}

#[tokio::test(start_paused = true)]
async fn our_own_queue_and_answers_below_500_are_no_failures() {
    let breaker = Breaker::new("registry.example");
    let queue = UpstreamError::Timeout {
        host: String::new(),
        phase: Phase::Queue,
        after: Duration::ZERO,
    };
    for path in ["/a", "/b", "/c", "/d", "/e", "/f"] {
        breaker.admit().unwrap().failed(&url(path), &queue);
        breaker.admit().unwrap().failed(&url(path), &status(402));
    }
    assert_eq!(refusal(&breaker), None);
}
