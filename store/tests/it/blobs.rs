//! Bytes: under an address lies what was received whole, or nothing.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bytes::Bytes;
use futures_util::TryStreamExt;
use lazaret_npm::Digests;
use lazaret_store::{Blobs, Stored};
use tempfile::TempDir;

/// In files and in memory; the directory is removed when dropped.
fn both() -> [(Blobs, TempDir); 2] {
    [Blobs::local, |_: &Path| Ok(Blobs::memory())].map(|make| {
        let data = tempfile::tempdir().unwrap();
        (make(data.path()).unwrap(), data)
    })
}

async fn ingest(blobs: &Blobs, chunks: &[Bytes]) -> String {
    let digests = Digests::of(&chunks.concat());
    let mut ingest = blobs.ingest();
    for chunk in chunks {
        ingest.write(chunk).await.unwrap();
    }
    ingest.finish(&digests).await.unwrap();
    digests.sha512_hex()
}

fn leftovers(data: &TempDir) -> usize {
    std::fs::read_dir(data.path().join("tmp")).unwrap().count()
}

#[tokio::test]
async fn small_and_large_come_back_as_they_were() {
    for (blobs, _data) in both() {
        for count in [0, 1, 3, 400] {
            let chunks = vec![Bytes::from(vec![count as u8; 10_000]); count];
            let sha512 = ingest(&blobs, &chunks).await;
            assert_eq!(blobs.get(&sha512).await.unwrap().unwrap(), chunks.concat());
            assert_eq!(
                blobs.size(&sha512).await.unwrap(),
                Some(count as u64 * 10_000)
            );
            let digests = blobs.digests(&sha512).await.unwrap().unwrap();
            assert_eq!(digests.sha512_hex(), sha512);
            if let Some(path) = blobs.path(&sha512) {
                assert_eq!(std::fs::read(path).unwrap(), chunks.concat());
            }
        }
    }
}

#[tokio::test]
async fn the_same_bytes_again_are_fine() {
    for (blobs, _data) in both() {
        let chunks = [Bytes::from_static(b"tarball")];
        let first = ingest(&blobs, &chunks).await;
        assert_eq!(ingest(&blobs, &chunks).await, first);
        let all: Vec<_> = blobs.list().try_collect().await.unwrap();
        assert_eq!(
            all,
            [Stored {
                sha512: first,
                size: 7
            }]
        );
    }
}

#[tokio::test]
async fn nothing_half_received_has_a_name() {
    let data = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(data.path()).unwrap();
    let chunk = Bytes::from(vec![7; 3 << 20]);
    let digests = Digests::of(&chunk);
    let mut ingest = blobs.ingest();
    ingest.write(&chunk).await.unwrap();
    assert_eq!(leftovers(&data), 1);
    assert!(!blobs.exists(&digests.sha512_hex()).await.unwrap());
    drop(ingest);
    assert_eq!(leftovers(&data), 0);

    // Nor what does not have the length that was hashed.
    let mut ingest = blobs.ingest();
    ingest.write(&chunk).await.unwrap();
    ingest.write(&chunk).await.unwrap();
    ingest.finish(&digests).await.unwrap_err();
    assert!(!blobs.exists(&digests.sha512_hex()).await.unwrap());
    assert_eq!(leftovers(&data), 0);
}

#[tokio::test]
async fn files_are_read_only_and_leave_no_trace_elsewhere() {
    let data = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(data.path()).unwrap();
    let sha512 = ingest(&blobs, &[Bytes::from_static(b"tarball")]).await;
    let path = blobs.path(&sha512).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o444);
    assert_eq!(leftovers(&data), 0);
}

#[tokio::test]
async fn quarantine_takes_bytes_out_of_service() {
    for (blobs, _data) in both() {
        let chunks = [Bytes::from_static(b"tarball")];
        let sha512 = ingest(&blobs, &chunks).await;
        blobs.quarantine(&sha512).await.unwrap();
        assert!(!blobs.exists(&sha512).await.unwrap());
        blobs.quarantine(&sha512).await.unwrap();
        ingest(&blobs, &chunks).await;
        assert!(blobs.exists(&sha512).await.unwrap());
        blobs.delete(&sha512).await.unwrap();
        blobs.delete(&sha512).await.unwrap();
        assert_eq!(blobs.get(&sha512).await.unwrap(), None);
        assert_eq!(blobs.digests(&sha512).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_not_an_address_is_no_path() {
    for (blobs, _data) in both() {
        for wrong in [
            "",
            "../../etc/passwd",
            &"A".repeat(128),
            &"/".repeat(128),
            &"0".repeat(127),
        ] {
            assert_eq!(blobs.path(wrong), None);
            assert!(blobs.get(wrong).await.is_err());
            assert!(blobs.quarantine(wrong).await.is_err());
            assert!(blobs.digests(wrong).await.is_err());
        }
    }
}

#[tokio::test]
async fn a_stray_file_is_told_and_the_listing_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(data.path()).unwrap();
    let sha512 = ingest(&blobs, &[Bytes::from_static(b"tarball")]).await;
    std::fs::write(data.path().join("blobs/sha512/00/stray"), "?").unwrap();
    let entries: Vec<_> = futures_util::StreamExt::collect(blobs.list()).await;
    let (good, bad): (Vec<_>, Vec<_>) = entries.into_iter().partition(Result::is_ok);
    assert_eq!(good[0].as_ref().unwrap().sha512, sha512);
    assert!(bad[0].as_ref().unwrap_err().to_string().contains("stray"));
}
