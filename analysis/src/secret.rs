//! Names of what is worth stealing: paths of files, names of variables, names of parameters.

use aho_corasick::AhoCorasick;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Tokens, keys, passwords of a developer or a machine.
    Credential,
    /// A browser's profile: cookies, saved passwords, extension storage.
    Browser,
    /// A wallet's or key store's files.
    Wallet,
    /// Another process's memory.
    Memory,
}

/// How the end of a path is compared.
enum Shape {
    /// The whole last part: `.npmrc`.
    Name,
    /// Consecutive parts anywhere: `.ssh`, `.config/gcloud`.
    Parts,
    /// Consecutive parts at the end: `gh/hosts.yml`.
    End,
    /// The last part ends so: `.kdbx`.
    Ending,
}

use Kind::{Browser, Credential, Memory, Wallet};
use Shape::{End, Ending, Name, Parts};

/// Lower case, with `/`. Only names that mean a secret by themselves: `config` or `token` alone would not do.
const PATHS: &[(Shape, &str, Kind)] = &[
    (Name, ".npmrc", Credential),
    (Name, ".yarnrc", Credential),
    (Name, ".yarnrc.yml", Credential),
    (Name, ".pypirc", Credential),
    (Name, ".netrc", Credential),
    (Name, "_netrc", Credential),
    (Name, ".git-credentials", Credential),
    (Name, ".pgpass", Credential),
    (Name, ".my.cnf", Credential),
    (Name, ".mylogin.cnf", Credential),
    (Name, ".vault-token", Credential),
    (Name, ".terraformrc", Credential),
    (Name, ".dockercfg", Credential),
    (Name, ".s3cfg", Credential),
    (Name, ".boto", Credential),
    (Name, ".bash_history", Credential),
    (Name, ".zsh_history", Credential),
    (Name, ".node_repl_history", Credential),
    (Name, ".python_history", Credential),
    (Name, ".psql_history", Credential),
    (Name, ".mysql_history", Credential),
    (Name, "fish_history", Credential),
    (Name, "consolehost_history.txt", Credential),
    (Name, ".claude.json", Credential),
    (Name, "id_rsa", Credential),
    (Name, "id_dsa", Credential),
    (Name, "id_ecdsa", Credential),
    (Name, "id_ed25519", Credential),
    (Name, "login.keychain", Credential),
    (Name, "login.keychain-db", Credential),
    (Name, "application_default_credentials.json", Credential),
    (Name, "accesstokens.json", Credential),
    (Name, "msal_token_cache.json", Credential),
    (Name, "terraform.tfstate", Credential),
    (Name, "credentials.tfrc.json", Credential),
    (Name, "wp-config.php", Credential),
    (Ending, ".kdbx", Credential),
    (Parts, ".ssh", Credential),
    (Parts, ".aws", Credential),
    (Parts, ".azure", Credential),
    (Parts, ".kube", Credential),
    (Parts, ".gnupg", Credential),
    (Parts, ".config/gcloud", Credential),
    (Parts, "gcloud/credentials.db", Credential),
    (Parts, ".config/op", Credential),
    (Parts, ".password-store", Credential),
    (Parts, "library/keychains", Credential),
    (Parts, ".local/share/keyrings", Credential),
    (Parts, "microsoft/credentials", Credential),
    (Parts, "serviceaccount/token", Credential),
    (Parts, "run/secrets", Credential),
    (Parts, ".config/filezilla", Credential),
    (End, ".docker/config.json", Credential),
    (End, "gh/hosts.yml", Credential),
    (End, "glab-cli/config.yml", Credential),
    (End, ".cargo/credentials", Credential),
    (End, ".cargo/credentials.toml", Credential),
    (End, ".gem/credentials", Credential),
    (End, ".composer/auth.json", Credential),
    (End, ".m2/settings.xml", Credential),
    (End, ".gradle/gradle.properties", Credential),
    (End, ".nuget/nuget.config", Credential),
    (End, ".config/hub", Credential),
    (End, ".config/configstore/firebase-tools.json", Credential),
    (End, ".snowflake/config.toml", Credential),
    (End, ".databrickscfg", Credential),
    (End, ".codex/auth.json", Credential),
    (End, ".gemini/oauth_creds.json", Credential),
    (End, ".claude/.credentials.json", Credential),
    (End, "etc/shadow", Credential),
    (End, "etc/sudoers", Credential),
    (End, "filezilla/recentservers.xml", Credential),
    (End, "filezilla/sitemanager.xml", Credential),
    (Parts, "telegram desktop/tdata", Credential),
    (Parts, "discord/local storage", Credential),
    (Parts, "google/chrome", Browser),
    (Parts, "google-chrome", Browser),
    (Parts, "bravesoftware", Browser),
    (Parts, "microsoft/edge", Browser),
    (Parts, "microsoft-edge", Browser),
    (Parts, "mozilla/firefox", Browser),
    (Parts, ".mozilla", Browser),
    (Parts, "firefox/profiles", Browser),
    (Parts, "opera software", Browser),
    (Parts, "com.operasoftware.opera", Browser),
    (Parts, "vivaldi/user data", Browser),
    (Parts, "yandexbrowser", Browser),
    (Parts, "chromium/default", Browser),
    (Name, "login data", Browser),
    (Name, "login data for account", Browser),
    (Name, "web data", Browser),
    (Name, "local state", Browser),
    (Name, "cookies.sqlite", Browser),
    (Name, "cookies.binarycookies", Browser),
    (Name, "logins.json", Browser),
    (Name, "key4.db", Browser),
    (Name, "key3.db", Browser),
    (Name, "places.sqlite", Browser),
    (Parts, "local extension settings", Browser),
    (Name, "wallet.dat", Wallet),
    (Name, "exodus.wallet", Wallet),
    (Name, "seed.seco", Wallet),
    (Name, "passphrase.json", Wallet),
    (Parts, "exodus/exodus.wallet", Wallet),
    (Parts, ".electrum", Wallet),
    (Parts, "electrum/wallets", Wallet),
    (Parts, "electrum-ltc/wallets", Wallet),
    (Parts, ".ethereum/keystore", Wallet),
    (Parts, "ethereum/keystore", Wallet),
    (Parts, ".config/solana", Wallet),
    (Parts, "solana/id.json", Wallet),
    (Parts, "atomic/local storage", Wallet),
    (Parts, "com.liberty.jaxx", Wallet),
    (Parts, "ledger live", Wallet),
    (Parts, "trezor suite", Wallet),
    (Parts, "@trezor/suite-desktop", Wallet),
    (Parts, "walletwasabi", Wallet),
    (Parts, "guarda/local storage", Wallet),
    (Parts, "coinomi/wallets", Wallet),
    (Parts, ".bitcoin/wallets", Wallet),
    (Parts, ".bitmonero", Wallet),
    (Parts, "monero/wallets", Wallet),
    (Parts, "binance/local storage", Wallet),
];

/// Storage names of browser extensions that are wallets: identifiers that Chromium derives from the publisher's key, so
/// that they mean this one extension wherever they stand.
const WALLET_EXTENSIONS: &[&str] = &[
    "nkbihfbeogaeaoehlefnkodbefgpgknn", // MetaMask
    "ejbalbakoplchlghecdalmeeeajnimhm", // MetaMask, Edge
    "bfnaelmomeimhlpmgjnjophhpkkoljpa", // Phantom
    "fhbohimaelbohpjbbldcngcnapndodjp", // BNB Chain Wallet
    "hnfanknocfeofbddgcijnmhnfnkdnaad", // Coinbase Wallet
    "ibnejdfjmmkpcnlpebklmnkoeoihofec", // TronLink
    "egjidjbpglichdcondbcbdnbeeppgdph", // Trust Wallet
    "aholpfdialjgjfhomihkjbmgjidlcdno", // Exodus
    "fnjhmkhhmkbjkkabndcnnogagogbneec", // Ronin
    "mcohilncbfahbmgdjkbpemcciiolgcge", // OKX
    "acmacodkjbdgmoleebolmdjonilkdbch", // Rabby
    "dmkamcknogkgcdfhhbddcghachkejeap", // Keplr
    "aeachknmefphepccionboohckonoeemg", // Coin98
    "bhghoamapcdpbohphigoooaddinpkbai", // Authenticator
    "aflkmfhebedbjioipglgcbcmnbpgliof", // Backpack
    "idnnbdplmphpflfnlkomgpfbpcgelopg", // Xverse
    "ppbibelpcjmhbdihakflkdcoccbgbkpo", // UniSat
    "opcgpfmipidbgpenhmajoajpbobppdil", // Sui
    "bhhhlbepdkbapadjdnnojkbgioiodbic", // Solflare
];

/// What this path leads to, if its name alone says so. Either separator, any case; parts that are not known may be
/// written `*`.
pub fn path(path: &str) -> Option<Kind> {
    // Prose mentions paths too; a path has no line breaks and is not a text.
    if path.len() > 400 || path.contains('\n') {
        return None;
    }
    let path = plain(path);
    let path = path.trim_end_matches('/');
    if (MENTIONED.as_ref()).is_some_and(|words| !words.is_match(path)) {
        return None;
    }
    if WALLET_EXTENSIONS.iter().any(|id| path.contains(id)) {
        return Some(Wallet);
    }
    if is_memory(path) {
        return Some(Memory);
    }
    // What every pod may know of itself.
    if path.ends_with("serviceaccount/namespace") || path.ends_with("serviceaccount/ca.crt") {
        return None;
    }
    let last = path.rsplit('/').next().unwrap_or(path);
    if last == ".env" || (last.starts_with(".env.") && !is_template(last)) {
        // One's own settings are read by every second tool; somebody else's are not.
        let parent = path.strip_suffix(last).unwrap_or("");
        return (parent.starts_with("~/")
            || parent.starts_with("/home/")
            || parent.starts_with("/root"))
        .then_some(Credential);
    }
    // Starting a browser is not reading its profile.
    let is_program =
        path.ends_with(".exe") || path.contains(".app/") || path.contains("/application/");
    PATHS
        .iter()
        .filter(|(_, _, kind)| *kind != Browser || !is_program)
        .find(|(shape, name, _)| match shape {
            Name => last == *name,
            Ending => last.ends_with(name) && last.len() > name.len(),
            End => ends_with_parts(path, name),
            Parts => has_parts(path, name),
        })
        .map(|(_, _, kind)| *kind)
}

/// Whether any of many texts may be such a path.
pub(crate) fn may_be_in(texts: &str) -> bool {
    let words = MENTIONED.as_ref();
    words.is_none_or(|words| words.is_match(plain(texts).as_ref()))
}

/// In lower case, with `/`: most paths are written so.
pub(crate) fn plain(path: &str) -> Cow<'_, str> {
    match path
        .bytes()
        .any(|byte| byte.is_ascii_uppercase() || byte == b'\\')
    {
        true => path.to_ascii_lowercase().replace('\\', "/").into(),
        false => path.into(),
    }
}

/// What every path to a secret holds some of. Nearly all texts hold none, which one pass tells.
static MENTIONED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let names = PATHS.iter().map(|(_, name, _)| *name);
    let others = WALLET_EXTENSIONS.iter().copied().chain(["/proc/", ".env"]);
    AhoCorasick::new(names.chain(others)).ok()
});

/// `/proc/<pid>/mem`, `/proc/self/environ` of another process and their like; one's own is read by crash reporters.
fn is_memory(path: &str) -> bool {
    let Some(rest) = path.strip_prefix("/proc/") else {
        return false;
    };
    let mut parts = rest.split('/');
    let process = parts.next().unwrap_or("");
    let what = parts.next().unwrap_or("");
    match what {
        "mem" => true,
        "maps" | "environ" => process != "self" && process != "thread-self",
        _ => false,
    }
}

fn is_template(name: &str) -> bool {
    [
        "example", "sample", "template", "dist", "defaults", "schema",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn has_parts(path: &str, parts: &str) -> bool {
    let mut from = 0;
    while let Some(at) = path[from..].find(parts) {
        let start = from + at;
        let end = start + parts.len();
        let starts = start == 0 || path.as_bytes()[start - 1] == b'/';
        let ends = end == path.len() || path.as_bytes()[end] == b'/';
        if starts && ends {
            return true;
        }
        from = end;
    }
    false
}

fn ends_with_parts(path: &str, parts: &str) -> bool {
    path.strip_suffix(parts)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// Whether a variable of this name holds a secret: `NPM_TOKEN`, `AWS_SECRET_ACCESS_KEY`.
pub fn variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    const WORDS: &[&str] = &[
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "API_KEY",
        "APIKEY",
        "PRIVATE_KEY",
        "PRIVATEKEY",
        "ACCESS_KEY",
        "CREDENTIAL",
        "MNEMONIC",
        "SEED_PHRASE",
        "_AUTH",
    ];
    WORDS.iter().any(|word| name.contains(word)) && !is_address(&name)
}

/// Whether a variable of this name opens what a whole company uses: registries, code hosts, clouds. Sending one of these
/// anywhere but to its own service is theft.
pub fn powerful_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    const NAMES: &[&str] = &[
        "NPM_TOKEN",
        "NODE_AUTH_TOKEN",
        "NPM_AUTH",
        "NPM_CONFIG__AUTH",
        "NPM_CONFIG_//",
        "YARN_NPM_AUTH",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "GITHUB_PAT",
        "GH_PAT",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN",
        "GITLAB_TOKEN",
        "CI_JOB_TOKEN",
        "BITBUCKET_TOKEN",
        "AWS_SECRET",
        "AWS_SESSION",
        "AWS_ACCESS",
        "AZURE_CLIENT_SECRET",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CREDENTIALS",
        "GCP_",
        "VAULT_TOKEN",
        "DOCKER_PASSWORD",
        "DOCKER_AUTH",
        "PYPI_",
        "TWINE_PASSWORD",
        "CARGO_REGISTRY_TOKEN",
        "CIRCLE_TOKEN",
        "DATABASE_URL",
        "PRIVATE_KEY",
        "MNEMONIC",
        "SEED_PHRASE",
        "SSH_PRIVATE",
    ];
    NAMES.iter().any(|word| name.contains(word)) && !is_address(&name)
}

/// Where a secret is to be had, or what it is called, is none.
fn is_address(name: &str) -> bool {
    let ending = |end: &str| name.ends_with(end);
    (ending("_URL") && !name.contains("DATABASE"))
        || ending("_URI")
        || ending("_PATH")
        || ending("_NAME")
}

/// In lower case, without what separates words.
const KEY_MATERIAL: &[&str] = &[
    "seed",
    "seeds",
    "mnemonic",
    "mnemonics",
    "mnemonicphrase",
    "seedphrase",
    "recoveryphrase",
    "secretkey",
    "privatekey",
    "privkey",
    "walletseed",
    "familyseed",
    "masterseed",
    "keypair",
    "encryptedkey",
];

const LONGEST_KEY: usize = "mnemonicphrase".len();

/// Whether a parameter or property of this name is key material: `mnemonic`, `secretKey`, `seedPhrase`.
pub fn key_material(name: &str) -> bool {
    // Asked of every name of every script: few begin like one of them.
    let first = name.bytes().find(u8::is_ascii_alphanumeric);
    if name.len() < 4 || !first.is_some_and(|byte| b"eEfFkKmMpPrRsSwW".contains(&byte)) {
        return false;
    }
    let mut letters = [0; LONGEST_KEY];
    let mut length = 0;
    for byte in name.bytes().filter(u8::is_ascii_alphanumeric) {
        let Some(letter) = letters.get_mut(length) else {
            return false;
        };
        *letter = byte.to_ascii_lowercase();
        length += 1;
    }
    let letters = &letters[..length];
    KEY_MATERIAL.iter().any(|known| known.as_bytes() == letters)
}

/// What `secret` is, too, where [a file works with wallets](is_for_wallets).
pub fn of_signer(name: &str) -> bool {
    matches!(
        name.trim_start_matches(['#', '_']),
        "secret"
            | "secrets"
            | "sk"
            | "priv"
            | "secretBytes"
            | "privateBytes"
            | "privateHex"
            | "entropy"
    )
}

/// Modules that make keys of wallets or sign with them.
pub fn is_for_wallets(module: &str) -> bool {
    const MODULES: [&str; 24] = [
        "@noble/curves",
        "@noble/secp256k1",
        "@noble/ed25519",
        "@scure/bip32",
        "@scure/bip39",
        "@solana/web3.js",
        "@solana/kit",
        "@polkadot/keyring",
        "@polkadot/util-crypto",
        "@stellar/stellar-sdk",
        "@ton/crypto",
        "bip32",
        "bip39",
        "bitcoinjs-lib",
        "ecpair",
        "ed25519-hd-key",
        "elliptic",
        "ethereumjs-wallet",
        "ethers",
        "hdkey",
        "secp256k1",
        "tweetnacl",
        "viem/accounts",
        "xrpl",
    ];
    MODULES.iter().any(|known| {
        let rest = module.strip_prefix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests;
