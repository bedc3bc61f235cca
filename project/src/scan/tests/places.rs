//! Where a version can lie or be named.

use super::{Disk, gzip, hex, manifest, tar, zip};
use sha2::{Digest, Sha512};

/// Writes a version into a disk below a folder.
type Place = (&'static str, fn(&Disk, &str, &str, &str));

pub(super) const PLACES: &[Place] = &[
    ("installed", |disk, at, name, version| {
        let path = format!("{at}/node_modules/{name}/package.json");
        disk.write(&path, manifest(name, version));
    }),
    ("pnpm's links", |disk, at, name, version| {
        let flat = name.replace('/', "+");
        let path =
            format!("{at}/node_modules/.pnpm/{flat}@{version}/node_modules/{name}/package.json");
        disk.write(&path, manifest(name, version));
    }),
    ("npm's lockfile", |disk, at, name, version| {
        let text = format!(
            "{{ \"lockfileVersion\": 3, \"packages\": {{ \"\": {{ \"name\": \"app\" }}, \"node_modules/{name}\": {{ \"version\": \"{version}\", \
             \"resolved\": \"https://registry.example/{name}/-/x-{version}.tgz\" }} }} }}"
        );
        disk.write(&format!("{at}/package-lock.json"), text);
    }),
    ("what npm installed", |disk, at, name, version| {
        let text = format!(
            "{{ \"lockfileVersion\": 3, \"packages\": {{ \"node_modules/{name}\": {{ \"version\": \"{version}\", \"hasInstallScript\": true, \
             \"resolved\": \"https://registry.example/{name}/-/x-{version}.tgz\" }} }} }}"
        );
        disk.write(&format!("{at}/node_modules/.package-lock.json"), text);
    }),
    ("yarn 1's lockfile", |disk, at, name, version| {
        let text = format!(
            "# yarn lockfile v1\n\n\n\"{name}@{version}\":\n  version \"{version}\"\n  resolved \"https://registry.example/{name}/-/x-{version}.tgz#00\"\n"
        );
        disk.write(&format!("{at}/yarn.lock"), text);
    }),
    ("yarn berry's lockfile", |disk, at, name, version| {
        let text = format!(
            "__metadata:\n  version: 8\n\n\"{name}@npm:{version}\":\n  version: {version}\n  resolution: \"{name}@npm:{version}\"\n  languageName: node\n  linkType: hard\n"
        );
        disk.write(&format!("{at}/yarn.lock"), text);
    }),
    ("pnpm's lockfile", |disk, at, name, version| {
        let text = format!(
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '{name}':\n        specifier: {version}\n        version: {version}\n\n\
             packages:\n\n  '{name}@{version}':\n    resolution: {{integrity: sha512-AAAA}}\n\nsnapshots:\n\n  '{name}@{version}': {{}}\n"
        );
        disk.write(&format!("{at}/pnpm-lock.yaml"), text);
    }),
    ("bun's lockfile", |disk, at, name, version| {
        let text = format!(
            "{{ \"lockfileVersion\": 1, \"workspaces\": {{ \"\": {{ \"name\": \"app\", \"dependencies\": {{ \"{name}\": \"{version}\" }} }} }}, \
             \"packages\": {{ \"{name}\": [\"{name}@{version}\", \"\", {{}}, \"sha512-AAAA\"] }} }}"
        );
        disk.write(&format!("{at}/bun.lock"), text);
    }),
    ("a tarball", |disk, at, name, version| {
        let text = manifest(name, version);
        disk.write(
            &format!("{at}/any.tgz"),
            gzip(&tar(&[("package/package.json", text.as_bytes())])),
        );
    }),
    ("npm's cache: content", |disk, at, name, version| {
        let tarball = gzip(&tar(&[(
            "package/package.json",
            manifest(name, version).as_bytes(),
        )]));
        let digits = hex(&Sha512::digest(&tarball));
        let path = format!(
            "{at}/_cacache/content-v2/sha512/{}/{}/{}",
            &digits[..2],
            &digits[2..4],
            &digits[4..]
        );
        disk.write(&path, tarball);
    }),
    ("npm's cache: index", |disk, at, name, version| {
        let bare = name.rsplit('/').next().unwrap();
        let line = format!(
            "\n00\t{{\"key\":\"make-fetch-happen:request-cache:https://registry.example/{name}/-/{bare}-{version}.tgz\",\"integrity\":\"sha512-AAAA\",\"time\":1757337185000,\"size\":1}}"
        );
        disk.write(&format!("{at}/_cacache/index-v5/00/11/2233"), line);
    }),
    ("npm's cache: pacote", |disk, at, name, version| {
        let line = format!(
            "\n00\t{{\"key\":\"pacote:tarball:{name}@{version}\",\"integrity\":\"sha512-AAAA\",\"time\":1757337185000,\"size\":1}}"
        );
        disk.write(&format!("{at}/_cacache/index-v5/00/11/2233"), line);
    }),
    ("pnpm's store, 9 and before", |disk, at, name, version| {
        let text =
            format!("{{ \"name\": \"{name}\", \"version\": \"{version}\", \"files\": {{}} }}");
        disk.write(&format!("{at}/store/v3/files/00/11-index.json"), text);
    }),
    ("pnpm's store, 10", |disk, at, name, version| {
        let text =
            format!("{{ \"name\": \"{name}\", \"version\": \"{version}\", \"files\": {{}} }}");
        disk.write(&format!("{at}/store/v10/index/00/11-x@1.json"), text);
    }),
    ("pnpm's store, 11 and later", |disk, at, name, version| {
        let checksum = "A".repeat(86);
        let key = format!("sha512-{checksum}==\t{name}@{version}");
        let database = [
            b"SQLite format 3\0\x81\x02",
            key.as_bytes(),
            b"\xd4r",
            key.as_bytes(),
            key.as_bytes(),
        ];
        disk.write(&format!("{at}/pnpm/store/v11/index.db"), database.concat());
        let text = manifest(name, version);
        let digits = hex(&Sha512::digest(&text));
        disk.write(
            &format!(
                "{at}/pnpm/store/v11/files/{}/{}",
                &digits[..2],
                &digits[2..]
            ),
            text,
        );
    }),
    ("yarn's cache", |disk, at, name, version| {
        let path = format!("node_modules/{name}/package.json");
        let archive = zip(&[(&path, manifest(name, version).as_bytes())]);
        disk.write(&format!("{at}/.yarn/cache/x-npm-1-00.zip"), archive);
    }),
    ("bun's cache", |disk, at, name, version| {
        let path = format!("{at}/.bun/install/cache/{name}@{version}@@@1/package.json");
        disk.write(&path, manifest(name, version));
    }),
    ("an image", |disk, at, name, version| {
        let path = format!("app/node_modules/{name}/package.json");
        let layer = tar(&[(&path, manifest(name, version).as_bytes())]);
        disk.write(
            &format!("{at}/image.tar"),
            tar(&[("abc/layer.tar", &layer)]),
        );
    }),
    (
        "an image whose layer is one folder",
        |disk, at, name, version| {
            let path = format!("node_modules/{name}/package.json");
            let layer = gzip(&tar(&[(&path, manifest(name, version).as_bytes())]));
            disk.write(
                &format!("{at}/image.tar"),
                tar(&[("blobs/sha256/abc", &layer)]),
            );
        },
    ),
    ("yarn 1's cache", |disk, at, name, version| {
        let path =
            format!("{at}/.cache/yarn/v6/npm-x-{version}-00/node_modules/{name}/package.json");
        disk.write(&path, manifest(name, version));
    }),
    ("a bundle of a function", |disk, at, name, version| {
        let path = format!("node_modules/{name}/package.json");
        disk.write(
            &format!("{at}/function.zip"),
            zip(&[(&path, manifest(name, version).as_bytes())]),
        );
    }),
    ("an image with packed layers", |disk, at, name, version| {
        let path = format!("app/node_modules/{name}/package.json");
        let layer = gzip(&tar(&[(&path, manifest(name, version).as_bytes())]));
        disk.write(
            &format!("{at}/image.tar"),
            tar(&[("blobs/sha256/abc", &layer)]),
        );
    }),
    ("npm's log", |disk, at, name, version| {
        let text = format!(
            "0 verbose cli node npm\n31 info run {name}@{version} postinstall node_modules/x node y.js\n"
        );
        disk.write(
            &format!("{at}/_logs/2025-09-08T13_20_00_151Z-debug-0.log"),
            text,
        );
    }),
    ("a shell's history", |disk, at, name, version| {
        disk.write(
            &format!("{at}/.zsh_history"),
            format!(": 1757337185:0;npm install {name}@{version}\n"),
        );
    }),
    ("a build file", |disk, at, name, version| {
        disk.write(
            &format!("{at}/Dockerfile"),
            format!("FROM scratch\nRUN npm install -g {name}@{version}\n"),
        );
    }),
    ("npm's lockfile of version 1", |disk, at, name, version| {
        let text = format!(
            "{{ \"lockfileVersion\": 1, \"dependencies\": {{ \"{name}\": {{ \"version\": \"{version}\", \"integrity\": \"sha512-AAAA\", \
             \"resolved\": \"https://registry.example/{name}/-/x-{version}.tgz\" }} }} }}"
        );
        disk.write(&format!("{at}/package-lock.json"), text);
    }),
    ("npm's lockfile of version 2", |disk, at, name, version| {
        let entry = format!(
            "{{ \"version\": \"{version}\", \"resolved\": \"https://registry.example/{name}/-/x-{version}.tgz\" }}"
        );
        let text = format!(
            "{{ \"lockfileVersion\": 2, \"packages\": {{ \"\": {{ \"name\": \"app\" }}, \"node_modules/{name}\": {entry} }}, \
             \"dependencies\": {{ \"{name}\": {entry} }} }}"
        );
        disk.write(&format!("{at}/package-lock.json"), text);
    }),
    ("a shrinkwrap", |disk, at, name, version| {
        let text = format!(
            "{{ \"lockfileVersion\": 1, \"dependencies\": {{ \"boat\": {{ \"version\": \"1.0.0\", \"dependencies\": {{ \
             \"{name}\": {{ \"version\": \"{version}\" }} }} }} }} }}"
        );
        disk.write(&format!("{at}/npm-shrinkwrap.json"), text);
    }),
    (
        "a lockfile in a yarn berry of long ago",
        |disk, at, name, version| {
            let text = format!(
                "__metadata:\n  version: 4\n\n\"{name}@^1.0.0, {name}@npm:{version}\":\n  version: {version}\n  resolution: \"{name}@npm:{version}\"\n  languageName: node\n  linkType: hard\n"
            );
            disk.write(&format!("{at}/yarn.lock"), text);
        },
    ),
    ("pnpm's lockfile of version 6", |disk, at, name, version| {
        let text = format!(
            "lockfileVersion: '6.0'\n\ndependencies:\n  '{name}':\n    specifier: {version}\n    version: {version}\n\n\
             packages:\n\n  /{name}@{version}:\n    resolution: {{integrity: sha512-AAAA}}\n    dev: false\n"
        );
        disk.write(&format!("{at}/pnpm-lock.yaml"), text);
    }),
    ("pnpm's lockfile of version 5", |disk, at, name, version| {
        let text = format!(
            "lockfileVersion: 5.4\n\nspecifiers:\n  '{name}': {version}\n\ndependencies:\n  '{name}': {version}\n\n\
             packages:\n\n  /{name}/{version}:\n    resolution: {{integrity: sha512-AAAA}}\n    dev: false\n"
        );
        disk.write(&format!("{at}/pnpm-lock.yaml"), text);
    }),
    (
        "a lockfile that names pnpm itself first",
        |disk, at, name, version| {
            let text = format!(
                "---\nlockfileVersion: '9.0'\nimporters:\n  .:\n    packageManagerDependencies:\n      pnpm:\n        specifier: 12.0.0\n        version: 12.0.0\n\
             packages:\n  pnpm@12.0.0:\n    resolution: {{integrity: sha512-AAAA}}\nsnapshots:\n  pnpm@12.0.0: {{}}\n---\n\
             lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '{name}':\n        specifier: {version}\n        version: {version}\n\n\
             packages:\n\n  '{name}@{version}':\n    resolution: {{integrity: sha512-AAAA}}\n\nsnapshots:\n\n  '{name}@{version}': {{}}\n"
            );
            disk.write(&format!("{at}/pnpm-lock.yaml"), text);
        },
    ),
    ("what pnpm installed", |disk, at, name, version| {
        let text = format!(
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '{name}':\n        specifier: {version}\n        version: {version}\n\n\
             packages:\n\n  '{name}@{version}':\n    resolution: {{integrity: sha512-AAAA}}\n\nsnapshots:\n\n  '{name}@{version}': {{}}\n"
        );
        disk.write(&format!("{at}/node_modules/.pnpm/lock.yaml"), text);
    }),
    ("an alias in a lockfile", |disk, at, name, version| {
        let text = format!(
            "{{ \"lockfileVersion\": 3, \"packages\": {{ \"node_modules/boat\": {{ \"name\": \"{name}\", \"version\": \"{version}\", \
             \"resolved\": \"https://registry.example/{name}/-/x-{version}.tgz\" }} }} }}"
        );
        disk.write(&format!("{at}/package-lock.json"), text);
    }),
    ("yarn's unplugged packages", |disk, at, name, version| {
        let path =
            format!("{at}/.yarn/unplugged/x-npm-{version}-00/node_modules/{name}/package.json");
        disk.write(&path, manifest(name, version));
    }),
    ("yarn's map of a project", |disk, at, name, version| {
        let text = format!(
            "const RAW_RUNTIME_STATE =\n'{{\\\n    [\"{name}\", [\\\n      [\"npm:{version}\", {{\\\n        \"packageDependencies\": [\\\n          [\"{name}\", \"npm:{version}\"]\\\n"
        );
        disk.write(&format!("{at}/.pnp.cjs"), text);
    }),
    (
        "yarn's map of a project, as data",
        |disk, at, name, version| {
            let text = serde_json::json!({ "packageRegistryData": [[name, [[format!("virtual:ab#npm:{version}"), { "packageDependencies": [
            ["react", "npm:18.0.0"], [name, format!("virtual:ab#npm:{version}")]
        ] }]]]] });
            disk.write(&format!("{at}/.pnp.data.json"), text.to_string());
        },
    ),
    ("yarn's global cache", |disk, at, name, version| {
        let path = format!("node_modules/{name}/package.json");
        let archive = zip(&[(&path, manifest(name, version).as_bytes())]);
        disk.write(
            &format!("{at}/.yarn/berry/cache/x-npm-{version}-00-10c0.zip"),
            archive,
        );
    }),
    (
        "a tarball in an archive in an image",
        |disk, at, name, version| {
            let package = gzip(&tar(&[(
                "package/package.json",
                manifest(name, version).as_bytes(),
            )]));
            let archive = zip(&[("vendor/x.tgz", &package)]);
            let layer = tar(&[("srv/vendor.zip", &archive)]);
            disk.write(
                &format!("{at}/image.tar"),
                tar(&[("abc/layer.tar", &layer)]),
            );
        },
    ),
    (
        "what npm's log says of a request",
        |disk, at, name, version| {
            let bare = name.rsplit('/').next().unwrap();
            let text = format!(
                "20 http fetch GET 200 https://registry.example/{name}/-/{bare}-{version}.tgz 120ms (cache miss)\n"
            );
            disk.write(
                &format!("{at}/_logs/2025-09-08T13_20_00_151Z-debug-0.log"),
                text,
            );
        },
    ),
    ("bash's history", |disk, at, name, version| {
        disk.write(
            &format!("{at}/.bash_history"),
            format!("#1757337185\npnpm add -D '{name}@{version}'\n"),
        );
    }),
    ("fish's history", |disk, at, name, version| {
        let text = format!("- cmd: yarn add {name}@{version}\n  when: 1757337185\n");
        disk.write(&format!("{at}/.local/share/fish/fish_history"), text);
    }),
    ("a workflow", |disk, at, name, version| {
        let text = format!("jobs:\n  a:\n    steps:\n      - run: npx {name}@{version}\n");
        disk.write(&format!("{at}/.github/workflows/build.yml"), text);
    }),
    ("a pipeline", |disk, at, name, version| {
        let text = format!("build:\n  script:\n    - npm i -g {name}@{version}\n");
        disk.write(&format!("{at}/.gitlab-ci.yml"), text);
    }),
];
