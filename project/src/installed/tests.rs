use super::*;
use std::io::Write;

struct Project(tempfile::TempDir);

impl Project {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn package(&self, folder: &str, name: &str, version: &str, license: &str) {
        let folder = self.0.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            folder.join("package.json"),
            manifest(name, version, license),
        )
        .unwrap();
    }

    fn installed(&self) -> Installed {
        Installed::below(
            self.0.path(),
            &["packages/a".to_owned(), "../out".to_owned()],
        )
    }
}

fn manifest(name: &str, version: &str, license: &str) -> String {
    format!(
        r#"{{"name":"{name}","version":"{version}","license":"{license}","bin":{{"run-{name}":"a.js"}},"scripts":{{"postinstall":"node a"}}}}"#
    )
}

fn licence<'i>(installed: &'i Installed, name: &str, version: &str) -> Option<&'i str> {
    installed.get(name, version)?.license.as_deref()
}

#[test]
fn nested_folders_scopes_and_workspaces_are_looked_into() {
    let project = Project::new();
    project.package("node_modules/a", "a", "1.0.0", "MIT");
    project.package("node_modules/a/node_modules/@s/b", "@s/b", "2.0.0", "ISC");
    project.package("packages/a/node_modules/c", "c", "3.0.0", "0BSD");
    project.package("node_modules/.cache/d", "d", "4.0.0", "MIT");
    let installed = project.installed();
    assert_eq!(licence(&installed, "a", "1.0.0"), Some("MIT"));
    assert_eq!(licence(&installed, "@s/b", "2.0.0"), Some("ISC"));
    assert_eq!(licence(&installed, "c", "3.0.0"), Some("0BSD"));
    assert_eq!(licence(&installed, "d", "4.0.0"), None, "no package");
    assert_eq!(licence(&installed, "a", "1.0.1"), None);
    let a = installed.get("a", "1.0.0").unwrap();
    assert_eq!(a.commands, ["run-a"]);
    assert!(a.has_install_script);
    // What is installed in it is not its own.
    assert_eq!(a.bytes(), Some(manifest("a", "1.0.0", "MIT").len() as u64));
    assert_eq!(installed.unread, []);
}

#[cfg(unix)]
#[test]
fn stores_are_looked_into_and_links_are_not_followed() {
    let project = Project::new();
    for store in [".pnpm", ".bun", ".store"] {
        let name = format!("in{store}").replace('.', "-");
        let folder = format!("node_modules/{store}/{name}@1.0.0/node_modules/{name}");
        project.package(&folder, &name, "1.0.0", "MIT");
    }
    let root = project.0.path();
    std::os::unix::fs::symlink(root, root.join("node_modules/circle")).unwrap();
    let installed = project.installed();
    for name in ["in-pnpm", "in-bun", "in-store"] {
        assert_eq!(licence(&installed, name, "1.0.0"), Some("MIT"), "{name}");
    }
}

fn archive(path: &Path, name: &str, version: &str) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (file, content) in [
        ("package.json", manifest(name, version, "MIT")),
        ("lib/package.json", "{}".to_owned()),
    ] {
        zip.start_file(format!("node_modules/{name}/{file}"), options)
            .unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn archives_of_yarn_are_opened_where_they_lie_and_where_its_map_says() {
    let project = Project::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let root = project.0.path();
    std::fs::create_dir_all(root.join(".yarn/cache")).unwrap();
    archive(
        &root.join(".yarn/cache/a-npm-1.0.0-abc-10.zip"),
        "a",
        "1.0.0",
    );
    std::fs::write(root.join(".yarn/cache/bad-npm-1.0.0-abc-10.zip"), "no zip").unwrap();
    let far = elsewhere.path().join("@s-b-npm-2.0.0-abc-10.zip");
    archive(&far, "@s/b", "2.0.0");
    let map = format!(
        "const RAW_RUNTIME_STATE =\n'{{\\\n  \"packageLocation\": \"{}/node_modules/@s/b/\",\\\n  \"packageLocation\": \"{}/node_modules/a/\",\\\n}}'",
        far.display(),
        "./.yarn/__virtual__/a-virtual-0f/0/cache/a-npm-1.0.0-abc-10.zip"
    );
    std::fs::write(root.join(".pnp.cjs"), map).unwrap();
    project.package(
        ".yarn/unplugged/c-npm-1.0.0/node_modules/c",
        "c",
        "1.0.0",
        "ISC",
    );
    let installed = project.installed();
    assert_eq!(licence(&installed, "a", "1.0.0"), Some("MIT"));
    let bytes = manifest("a", "1.0.0", "MIT").len() as u64 + 2;
    assert_eq!(installed.get("a", "1.0.0").unwrap().bytes(), Some(bytes));
    assert_eq!(licence(&installed, "@s/b", "2.0.0"), Some("MIT"));
    assert_eq!(licence(&installed, "c", "1.0.0"), Some("ISC"));
    let [(path, _)] = installed.unread.as_slice() else {
        panic!("one is no archive: {:?}", installed.unread);
    };
    assert!(path.ends_with("bad-npm-1.0.0-abc-10.zip"));
}
