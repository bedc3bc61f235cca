use super::{Writer, of_folder};
use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::process::Command;

fn unpacked(tarball: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(tarball).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn another_tar_reads_what_was_packed() {
    let home = tempfile::tempdir().unwrap();
    let source = home.path().join("source");
    let deep = "a-folder-with-a-rather-long-name/".repeat(4);
    fs::create_dir_all(source.join(&deep)).unwrap();
    fs::write(source.join("package.json"), r#"{"name":"x"}"#).unwrap();
    fs::write(source.join(&deep).join("index.js"), "x".repeat(513)).unwrap();
    fs::write(source.join("empty"), "").unwrap();

    let tarball = home.path().join("x.tgz");
    fs::write(&tarball, of_folder(&source).unwrap()).unwrap();
    let out = home.path().join("out");
    fs::create_dir(&out).unwrap();
    let status = Command::new("tar")
        .args(["-xzf"])
        .arg(&tarball)
        .arg("-C")
        .arg(&out)
        .status()
        .unwrap();

    assert!(status.success());
    let read = |name: &str| fs::read_to_string(out.join("package").join(name)).unwrap();
    assert_eq!(read("package.json"), r#"{"name":"x"}"#);
    assert_eq!(read(&format!("{deep}index.js")).len(), 513);
    assert_eq!(read("empty"), "");
}

#[test]
fn entries_are_whole_blocks_and_two_empty_ones_end_them() {
    let mut writer = Writer::new();
    writer.add("package/a", &[b'a'; 512], false).unwrap();
    writer.add_repeated("package/b", b'b', 700).unwrap();
    let bytes = unpacked(&writer.finish().unwrap());
    assert_eq!(bytes.len(), 512 * (1 + 1 + 1 + 2 + 2));
    assert!(bytes[512 * 5..].iter().all(|byte| *byte == 0));
}

#[test]
fn the_checksum_counts_its_own_field_as_spaces() {
    let mut writer = Writer::new();
    writer.add("package/a", b"", true).unwrap();
    let bytes = unpacked(&writer.finish().unwrap());
    let mut block = bytes[..512].to_vec();
    let written = u32::from_str_radix(std::str::from_utf8(&block[148..154]).unwrap(), 8).unwrap();
    block[148..156].fill(b' ');
    assert_eq!(
        written,
        block.iter().map(|byte| u32::from(*byte)).sum::<u32>()
    );
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    for name in ["b", "a", "c"] {
        fs::write(home.path().join(name), name).unwrap();
    }
    assert_eq!(
        of_folder(home.path()).unwrap(),
        of_folder(home.path()).unwrap()
    );
}

#[test]
fn a_link_is_refused() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("a"), "").unwrap();
    std::os::unix::fs::symlink("a", home.path().join("b")).unwrap();
    assert!(of_folder(home.path()).is_err());
}

#[test]
fn a_name_that_fits_no_field_is_refused() {
    let mut writer = Writer::new();
    assert!(
        writer
            .add(&format!("package/{}", "n".repeat(120)), b"", false)
            .is_err()
    );
}
