//! Whether a registry is lazaret itself, in all the ways to write it.

use super::*;
use crate::config::flags::Nothing;
use crate::config::{File, Flags, merge};
use clap::{Args, FromArgMatches};
use std::path::Path;

fn config(server: &str) -> Config {
    let file = File::parse(Path::new("lazaret.toml"), &format!("[server]\n{server}")).unwrap();
    let matches =
        Flags::<Nothing>::augment_args(clap::Command::new("lazaret")).get_matches_from(["lazaret"]);
    let flags = Flags::<Nothing>::from_arg_matches(&matches).unwrap();
    merge(Some(file), &flags, &Surroundings::default())
        .unwrap()
        .config
}

#[test]
fn lazaret_is_known_by_all_its_addresses() {
    let own =
        |server: &str, registry: &str| is_own_address(&registry.parse().unwrap(), &config(server));
    let local = "listen = \"127.0.0.1:4040\"\n";
    for registry in [
        "http://127.0.0.1:4040/",
        "http://localhost:4040/npm/",
        "http://npm.localhost:4040",
        "http://127.0.0.2:4040/",
        "http://[::1]:4040/",
        "http://0.0.0.0:4040/",
    ] {
        assert!(own(local, registry), "{registry}");
    }
    for registry in [
        "http://127.0.0.1:4873/",
        "https://registry.example:4040/",
        "http://10.0.0.1:4040/",
    ] {
        assert!(!own(local, registry), "{registry}");
    }

    let everywhere = "listen = \"0.0.0.0:80\"\npublic-url = \"https://npm.example\"\n";
    assert!(own(everywhere, "http://localhost/"));
    assert!(own(everywhere, "https://npm.example/"));
    assert!(!own(everywhere, "https://npm.example:8443/"));
    assert!(!own("listen = \"127.0.0.1:0\"", "http://127.0.0.1:4873/"));
}
