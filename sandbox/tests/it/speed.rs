//! What a worker costs. Run with `--ignored --nocapture` on a quiet machine; the bars are generous for a busy one.

use crate::{PLENTY, settings};
use lazaret_sandbox::{Layer, Pool, Settings};
use std::time::{Duration, Instant};

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
#[ignore = "measures"]
#[expect(clippy::print_stderr, reason = "a measurement is for reading")]
fn starts_and_round_trips() {
    let start = |without: &[Layer]| {
        let settings = Settings {
            without: without.to_vec(),
            ..settings()
        };
        median(
            (0..40)
                .map(|_| {
                    let pool = Pool::new(settings.clone()).unwrap();
                    let begin = Instant::now();
                    pool.layers().unwrap();
                    begin.elapsed()
                })
                .collect(),
        )
    };
    eprintln!("start, all layers: {:?}", start(&[]));
    for layer in Layer::ALL {
        eprintln!("start without {layer}: {:?}", start(&[layer]));
    }
    eprintln!("start, no layer: {:?}", start(&Layer::ALL));

    let pool = Pool::new(settings()).unwrap();
    let times = (0..5000).map(|_| pool.run(&[b"echo small"], PLENTY).unwrap().wall);
    let round_trip = median(times.collect());
    eprintln!("warm round trip: {round_trip:?}");

    let mut roomy = settings();
    roomy.limits.memory = 1 << 30;
    let pool = Pool::new(roomy).unwrap();
    let big = vec![0; 256 << 20];
    let begin = Instant::now();
    pool.run(&[b"length ", &big], PLENTY).unwrap();
    eprintln!(
        "a request of 256 MiB, with the start: {:?}",
        begin.elapsed()
    );
    assert!(round_trip < Duration::from_millis(2));
}
