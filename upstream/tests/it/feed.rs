//! Feeds: fetched when they changed, streamed, whole or an error.

use std::time::Duration;

use lazaret_testing::{FakeNpm, Fault, Fixed, Npm, gzip};
use lazaret_upstream::{Answer, Feed, FeedSettings, UpstreamError, Validators};

const PATH: &str = "/osv/npm/all.zip";

fn body() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_le_bytes).collect()
}

async fn upstream() -> FakeNpm {
    let zip = Fixed::new(body())
        .content_type("application/zip")
        .etag("\"1\"");
    Npm::new().route(PATH, zip).start().await
}

fn feed(npm: &FakeNpm, change: impl FnOnce(&mut FeedSettings)) -> Feed {
    let mut settings = FeedSettings::new(format!("{}{PATH}", npm.origin()).parse().unwrap());
    settings.backoff = Duration::from_millis(1);
    change(&mut settings);
    Feed::new(settings).unwrap()
}

async fn fetch(
    feed: &Feed,
    validators: &Validators,
) -> Result<(Answer<Validators>, Vec<u8>), UpstreamError> {
    let mut file = Vec::new();
    let answer = feed.fetch(validators, &mut file, |_, _| {}).await?;
    let answer = match answer {
        Answer::Fresh(fetched) => {
            assert_eq!(fetched.bytes, file.len() as u64);
            Answer::Fresh(fetched.validators)
        }
        Answer::NotModified => Answer::NotModified,
        Answer::Missing => Answer::Missing,
        Answer::Denied(code) => Answer::Denied(code),
    };
    Ok((answer, file))
}

#[tokio::test]
async fn it_is_fetched_once_until_it_changes() {
    let npm = upstream().await;
    let feed = feed(&npm, |_| {});
    let (Answer::Fresh(validators), file) = fetch(&feed, &Validators::default()).await.unwrap()
    else {
        panic!()
    };
    assert_eq!((file, validators.etag.as_deref()), (body(), Some("\"1\"")));
    assert_eq!(
        fetch(&feed, &validators).await,
        Ok((Answer::NotModified, Vec::new()))
    );
    npm.route(PATH, Fixed::new("new").etag("\"2\""));
    let (_, file) = fetch(&feed, &validators).await.unwrap();
    assert_eq!(file, b"new");
    npm.unroute(PATH);
    assert_eq!(
        fetch(&feed, &validators).await,
        Ok((Answer::Missing, Vec::new()))
    );
}

#[tokio::test]
async fn progress_goes_up_to_the_whole() {
    let npm = upstream().await;
    let mut seen = Vec::new();
    let mut sink = tokio::io::sink();
    feed(&npm, |_| {})
        .fetch(&Validators::default(), &mut sink, |received, total| {
            seen.push((received, total))
        })
        .await
        .unwrap();
    assert!(seen.is_sorted() && seen.len() > 1, "{seen:?}");
    assert_eq!(seen.last(), Some(&(1_200_000, Some(1_200_000))));
}

#[tokio::test]
async fn compression_for_the_way_is_undone() {
    let npm = upstream().await;
    let packed = gzip(&body());
    npm.route(PATH, Fixed::new(packed).header("content-encoding", "gzip"));
    assert_eq!(
        fetch(&feed(&npm, |_| {}), &Validators::default())
            .await
            .unwrap()
            .1,
        body()
    );
}

#[tokio::test]
async fn a_broken_or_too_large_feed_is_an_error() {
    let npm = upstream().await;
    let packed = || Fixed::new(gzip(&body())).header("content-encoding", "gzip");
    let all = Validators::default();
    let small = feed(&npm, |settings| settings.limit = 1_199_999);
    assert!(matches!(
        fetch(&small, &all).await,
        Err(UpstreamError::TooLarge { .. })
    ));
    npm.route(PATH, packed());
    assert!(matches!(
        fetch(&small, &all).await,
        Err(UpstreamError::TooLarge { .. })
    ));
    let feed = feed(&npm, |_| {});
    for fault in [
        Fault::cut(1),
        Fault::cut(100),
        Fault::append(b"garbage"),
        Fault::append(b"\x1f"),
        Fault::append(b"\0"),
        Fault::corrupt(),
    ] {
        npm.fault(PATH, fault.clone().times(1));
        let result = fetch(&feed, &all).await;
        assert!(
            matches!(result, Err(UpstreamError::BadEncoding { .. })),
            "{fault:?}: {:?}",
            result.map(|(answer, _)| answer)
        );
    }
    npm.fault(PATH, Fault::truncate(100_000));
    assert!(matches!(
        fetch(&feed, &all).await,
        Err(UpstreamError::Truncated { .. })
    ));
    npm.heal_all();
    npm.fault(PATH, Fault::truncate(100_000).times(2));
    assert_eq!(fetch(&feed, &all).await.unwrap().1, body());
}

#[tokio::test]
async fn a_writer_that_fails_is_told_from_an_upstream_that_fails() {
    let npm = upstream().await;
    let mut full = std::io::Cursor::new(vec![0_u8; 100].into_boxed_slice());
    let error = feed(&npm, |_| {})
        .fetch(&Validators::default(), &mut full, |_, _| {})
        .await
        .unwrap_err();
    assert!(
        matches!(error, UpstreamError::Write { .. }) && !error.is_transient(),
        "{error}"
    );
}
