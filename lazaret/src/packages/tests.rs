use super::folder::{Bounds, read};
use super::*;

#[test]
fn what_can_be_a_version_is_one() {
    let version = |text: &str| matches!(Named::parse(text), Ok(Named::Version(_)));
    assert!(version("chalk@5.6.1"));
    assert!(version("@scope/name@1.0.0-rc.1"));
    for text in ["chalk", "chalk@^5", "./chalk@5.6.1", "chalk@5.6.1.tgz"] {
        assert!(Named::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_folder_of_the_project_is_known_by_its_path() {
    let below = |path: &str| below_here(Path::new(path));
    assert_eq!(below("./packages/tool/").as_deref(), Some("packages/tool"));
    assert_eq!(below(".").as_deref(), Some(""));
    assert_eq!(below("../other"), None);
    assert_eq!(below("/tmp/other"), None);
}

#[test]
fn a_folder_is_read_without_what_is_not_its_own() {
    let root = tempfile::TempDir::new().unwrap();
    let write = |path: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "content").unwrap();
    };
    for path in [
        "package.json",
        ".hidden",
        "lib/a.js",
        "lib/node_modules/b/index.js",
        "node_modules/c/index.js",
        ".git/config",
    ] {
        write(path);
    }
    let folder = read(root.path(), &Bounds::default());
    let paths: Vec<&str> = folder.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, [".hidden", "lib/a.js", "package.json"]);
    assert_eq!(
        folder.left_out,
        [".git", "lib/node_modules", "node_modules"]
    );
    assert!(folder.incomplete.is_empty());

    let few = Bounds {
        files: 2,
        ..Bounds::default()
    };
    let folder = read(root.path(), &few);
    assert_eq!(folder.files.len(), 2);
    assert_eq!(
        folder.incomplete,
        ["the folder has more than 2 files: the rest was not read"]
    );

    let small = Bounds {
        bytes: 10,
        ..Bounds::default()
    };
    let folder = read(root.path(), &small);
    assert_eq!(folder.files.len(), 1);
    assert_eq!(
        folder.incomplete,
        ["the folder has more than 10 bytes: the rest was not read"]
    );

    let flat = Bounds {
        depth: 0,
        ..Bounds::default()
    };
    let folder = read(root.path(), &flat);
    assert_eq!(folder.incomplete, ["lib: more than 0 folders deep"]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let root = tempfile::TempDir::new().unwrap();
    std::fs::write(root.path().join("package.json"), "{}").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.path().join("secrets")).unwrap();
    std::os::unix::fs::symlink(".", root.path().join("again")).unwrap();
    let folder = read(root.path(), &Bounds::default());
    assert_eq!(folder.files.len(), 1);
    assert_eq!(folder.left_out, ["again (a link)", "secrets (a link)"]);
}
