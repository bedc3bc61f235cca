use super::{decoding, nesting, size};
use std::collections::BTreeSet;

#[test]
fn no_two_inputs_have_the_same_name() {
    let all = nesting::inputs()
        .chain(decoding::inputs())
        .chain(size::inputs());
    let names: Vec<String> = all.map(|input| input.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert!(names.len() > 100);
}

#[test]
fn an_input_becomes_a_package_with_its_theft() {
    let home = tempfile::tempdir().unwrap();
    let input = nesting::inputs().next().unwrap();
    let tarball = input.pack(home.path()).unwrap();
    let unpacked = home.path().join("unpacked");
    std::fs::create_dir(&unpacked).unwrap();
    let status = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(&tarball)
        .arg("-C")
        .arg(&unpacked)
        .status()
        .unwrap();
    assert!(status.success());
    let code = std::fs::read_to_string(unpacked.join("package/index.js")).unwrap();
    assert!(code.contains("[[[[") && code.contains("collect.invalid"));
    assert!(unpacked.join("package/package.json").is_file());
}
