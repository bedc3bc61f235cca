use super::*;

#[test]
fn paths_are_known_by_their_own_name() {
    for (text, kind) in [
        ("/home/somebody/.npmrc", Credential),
        ("~/.ssh/id_ed25519", Credential),
        ("*/.aws/credentials", Credential),
        ("C:\\Users\\*\\.docker\\config.json", Credential),
        (".config/gh/hosts.yml", Credential),
        ("~/.env", Credential),
        ("*/Google/Chrome/User Data/Default/Login Data", Browser),
        (
            "*/Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn",
            Wallet,
        ),
        ("*/.config/solana/id.json", Wallet),
        ("/proc/*/mem", Memory),
        ("/proc/4242/environ", Memory),
    ] {
        assert_eq!(path(text), Some(kind), "{text}");
    }
}

#[test]
fn ordinary_paths_are_not_secret() {
    for text in [
        ".env",
        "./.env.local",
        "config.json",
        "docker/config.json",
        "src/credentials.ts",
        "my.npmrc.md",
        "/proc/self/maps",
        "/proc/cpuinfo",
        "lib/.sshd/readme",
        "wallet.js",
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "a text that names ~/.ssh\nand goes on",
    ] {
        assert_eq!(path(text), None, "{text}");
    }
}

#[test]
fn names_of_variables_and_parameters() {
    assert!(variable("NPM_TOKEN") && variable("aws_secret_access_key"));
    assert!(
        !powerful_variable("ACTIONS_ID_TOKEN_REQUEST_URL") && powerful_variable("DATABASE_URL")
    );
    assert!(!variable("HOME") && !variable("NODE_ENV"));
    assert!(powerful_variable("NPM_TOKEN") && !powerful_variable("STRIPE_API_KEY"));
    assert!(key_material("secretKey") && key_material("seed_phrase"));
    assert!(!key_material("key") && !key_material("seedrandom"));
}
