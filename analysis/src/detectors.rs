//! The detectors, in the order in which they are listed to people. One detector is one file, one page of the same
//! name, and two lines here.

mod address_table;
mod agent_config;
mod ai_tool_abuse;
mod alias_dependency;
mod autostart;
mod bidi_characters;
mod blind_copy;
mod browser_data;
mod build_command;
mod calldata_rewrite;
mod chain_hosted_command;
mod ci_config;
mod ci_gate;
mod clipboard;
mod cloud_metadata;
mod code_of_bytes;
mod core_module_hook;
mod credential_exfiltration;
mod debugger_gate;
mod detached_process;
mod dns_lookup;
mod dormant_package;
mod dynamic_code;
mod dynamic_require;
mod emptied_package;
mod enciphered_stage;
mod encoded_blob;
mod encoded_payload_run;
mod endless_loop;
mod environment_dump;
mod environment_read;
mod escaped_strings;
mod executable_file;
mod exfiltration_host;
mod fetch_hook;
mod fingerprint_exfiltration;
mod generated_names;
mod geo_gate;
mod git_address_rewrite;
mod git_dependency;
mod git_hook;
mod gyp_command;
mod hands_over_require;
mod harmful_script;
mod hashed_key;
mod hidden_executable;
mod hidden_host;
mod host_fingerprint;
mod incomplete_inspection;
mod install_command;
mod install_script;
mod invisible_characters;
mod keylogger;
mod loader_hook;
mod log_off;
mod look_alike_host;
mod manifest_confusion;
mod miner;
mod module_replacement;
mod moved_home;
mod native_binary;
mod network_use;
mod new_dependency;
mod new_host;
mod newcomer_host;
mod nonconforming_archive;
mod odd_one_out;
mod outbidding_version;
mod padded_code;
mod payload_in_data;
mod phantom_dependency;
mod planted_script;
mod preload;
mod process_by_names;
mod process_memory;
mod process_spawn;
mod prototype_hook;
mod provenance_dropped;
mod provider_hook;
mod publish_burst;
mod publisher_changed;
mod raw_ip_host;
mod raw_socket;
mod remote_code;
mod remote_shell;
mod repo_write;
mod request_listener;
mod runtime_bootstrap;
mod sandbox_evasion;
mod secret_file;
mod secret_picker;
mod self_deletion;
mod shadowing_command;
mod shell_command;
mod size_jump;
mod string_array;
mod suspicious_binary;
mod time_gate;
mod tls_off;
mod trusted_publisher_dropped;
mod unresolved_call;
mod url_dependency;
mod user_folder_write;
mod version_jump;
mod wallet_files;
mod wallet_swap;
mod wasm_module;
mod weak_randomness;
mod whole_environment;
mod wipe;
mod worm_publish;
mod xhr_hook;
mod young_dependency;

use crate::finding::Severity;
use crate::found::Found;
use crate::view::{ChangeView, FileView, HistoryView, PackageView};

/// One detector.
#[derive(Clone, Copy, Debug)]
pub struct Detector {
    /// As in findings: `wallet-swap`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// The highest severity that its findings have.
    pub severity: Severity,
    /// The highest severity that they count with where there is no version before: High only if good packages show
    /// next to none.
    pub cold: Severity,
    /// What it finds and why, with cases, in Markdown; the cases in it are run as tests.
    pub page: &'static str,
    pub looks: Looks,
}

/// What a detector looks at. Each adds what it finds to [`Found`].
#[derive(Clone, Copy, Debug)]
pub enum Looks {
    /// At every file by itself.
    File(fn(&FileView<'_>, &mut Found)),
    /// At one version.
    Package(fn(&PackageView, &mut Found)),
    /// At two versions: what it finds is new.
    Change(fn(&ChangeView<'_>, &mut Found)),
    /// At what the registry tells of it and of the versions before.
    History(fn(&HistoryView<'_>, &mut Found)),
}

/// Every detector.
pub const DETECTORS: &[Detector] = &[
    // How it is installed.
    install_script::DETECTOR,
    install_command::DETECTOR,
    gyp_command::DETECTOR,
    runtime_bootstrap::DETECTOR,
    shadowing_command::DETECTOR,
    // What it depends on.
    git_dependency::DETECTOR,
    url_dependency::DETECTOR,
    new_dependency::DETECTOR,
    young_dependency::DETECTOR,
    phantom_dependency::DETECTOR,
    alias_dependency::DETECTOR,
    // The network.
    network_use::DETECTOR,
    new_host::DETECTOR,
    moved_home::DETECTOR,
    hidden_host::DETECTOR,
    look_alike_host::DETECTOR,
    raw_ip_host::DETECTOR,
    exfiltration_host::DETECTOR,
    dns_lookup::DETECTOR,
    raw_socket::DETECTOR,
    chain_hosted_command::DETECTOR,
    tls_off::DETECTOR,
    // Processes.
    process_spawn::DETECTOR,
    shell_command::DETECTOR,
    detached_process::DETECTOR,
    remote_shell::DETECTOR,
    ai_tool_abuse::DETECTOR,
    // Secrets, and whose machine it is.
    environment_read::DETECTOR,
    whole_environment::DETECTOR,
    environment_dump::DETECTOR,
    process_by_names::DETECTOR,
    secret_file::DETECTOR,
    cloud_metadata::DETECTOR,
    browser_data::DETECTOR,
    wallet_files::DETECTOR,
    process_memory::DETECTOR,
    clipboard::DETECTOR,
    keylogger::DETECTOR,
    blind_copy::DETECTOR,
    secret_picker::DETECTOR,
    weak_randomness::DETECTOR,
    hashed_key::DETECTOR,
    host_fingerprint::DETECTOR,
    // Code that is made while it runs.
    dynamic_code::DETECTOR,
    dynamic_require::DETECTOR,
    hands_over_require::DETECTOR,
    // What stands in the way of others.
    fetch_hook::DETECTOR,
    xhr_hook::DETECTOR,
    provider_hook::DETECTOR,
    prototype_hook::DETECTOR,
    core_module_hook::DETECTOR,
    loader_hook::DETECTOR,
    module_replacement::DETECTOR,
    request_listener::DETECTOR,
    // Wallets.
    wallet_swap::DETECTOR,
    address_table::DETECTOR,
    calldata_rewrite::DETECTOR,
    miner::DETECTOR,
    // Chains of data.
    remote_code::DETECTOR,
    encoded_payload_run::DETECTOR,
    code_of_bytes::DETECTOR,
    credential_exfiltration::DETECTOR,
    fingerprint_exfiltration::DETECTOR,
    // Code that somebody did not want to be read.
    string_array::DETECTOR,
    generated_names::DETECTOR,
    encoded_blob::DETECTOR,
    escaped_strings::DETECTOR,
    invisible_characters::DETECTOR,
    bidi_characters::DETECTOR,
    padded_code::DETECTOR,
    enciphered_stage::DETECTOR,
    odd_one_out::DETECTOR,
    unresolved_call::DETECTOR,
    payload_in_data::DETECTOR,
    // Programs, and scripts of other languages.
    native_binary::DETECTOR,
    executable_file::DETECTOR,
    suspicious_binary::DETECTOR,
    hidden_executable::DETECTOR,
    wasm_module::DETECTOR,
    harmful_script::DETECTOR,
    // What stays, and what spreads.
    autostart::DETECTOR,
    preload::DETECTOR,
    agent_config::DETECTOR,
    ci_config::DETECTOR,
    build_command::DETECTOR,
    git_hook::DETECTOR,
    git_address_rewrite::DETECTOR,
    planted_script::DETECTOR,
    worm_publish::DETECTOR,
    repo_write::DETECTOR,
    // What destroys.
    wipe::DETECTOR,
    endless_loop::DETECTOR,
    // What keeps from being watched.
    ci_gate::DETECTOR,
    geo_gate::DETECTOR,
    time_gate::DETECTOR,
    debugger_gate::DETECTOR,
    self_deletion::DETECTOR,
    user_folder_write::DETECTOR,
    log_off::DETECTOR,
    sandbox_evasion::DETECTOR,
    // The archive.
    nonconforming_archive::DETECTOR,
    incomplete_inspection::DETECTOR,
    manifest_confusion::DETECTOR,
    size_jump::DETECTOR,
    emptied_package::DETECTOR,
    // Who published it, and when.
    publisher_changed::DETECTOR,
    provenance_dropped::DETECTOR,
    trusted_publisher_dropped::DETECTOR,
    dormant_package::DETECTOR,
    version_jump::DETECTOR,
    outbidding_version::DETECTOR,
    publish_burst::DETECTOR,
    newcomer_host::DETECTOR,
];

/// The detector of this id.
pub fn detector(id: &str) -> Option<&'static Detector> {
    DETECTORS.iter().find(|detector| detector.id == id)
}

#[cfg(test)]
mod tests;
