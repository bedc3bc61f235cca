use super::*;

fn about() -> About {
    About {
        id: "incident-1".into(),
        name: "an incident".into(),
        source: "a file".into(),
        from: jiff::civil::date(2026, 9, 1),
    }
}

#[test]
fn an_osv_record_gives_versions_and_hosts() {
    let json = br#"{
        "id": "MAL-2026-1", "summary": "Malicious code in anchor", "published": "2026-03-31T02:07:58Z",
        "affected": [{ "package": { "ecosystem": "npm", "name": "anchor" }, "versions": ["1.0.1"] }],
        "database_specific": { "iocs": { "domains": ["drop.harbour.invalid", "github.com"], "ips": ["203.0.113.77"],
            "urls": ["https://webhook.site/0000-very-long-and-own"] } } }"#;
    let mut asked = about();
    asked.id = String::new();
    let imported = record(json, &asked).unwrap();
    assert_eq!(&*imported.campaign.id, "mal-2026-1");
    assert_eq!(imported.campaign.from.to_string(), "2026-03-31");
    assert_eq!(&*imported.campaign.packages["anchor"][0], "1.0.1");
    assert_eq!(imported.campaign.domains.len(), 2);
    assert_eq!(
        &*imported.campaign.literals[0],
        "webhook.site/0000-very-long-and-own"
    );
    assert_eq!(
        imported.left_out,
        ["github.com: everybody uses this host: it says nothing"]
    );
}

#[test]
fn a_record_of_ranges_alone_is_the_advisories_part() {
    let json = br#"{ "id": "MAL-2026-2", "affected": [{ "package": { "ecosystem": "npm", "name": "anchor" },
        "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }] }] }] }"#;
    let ranges = record(json, &about()).unwrap_err();
    let ImportError::Nothing { left_out } = ranges else {
        panic!("{ranges:?}")
    };
    assert!(left_out[0].contains("ranges"), "{left_out:?}");
    let everybodys = table("type,indicator\ndomain,github.com\n", &about()).unwrap_err();
    let ImportError::Nothing { left_out } = everybodys else {
        panic!("{everybodys:?}")
    };
    assert!(left_out[0].starts_with("github.com: "), "{left_out:?}");
    assert!(matches!(
        record(b"[]", &about()).unwrap_err(),
        ImportError::Form(_)
    ));
}

#[test]
fn simple_patterns_of_stix_are_read_and_others_named() {
    let json = format!(
        r#"{{ "type": "bundle", "objects": [
        {{ "type": "indicator", "pattern_type": "stix", "pattern": "[file:hashes.'SHA-256' = '{}' OR domain-name:value = 'drop.harbour.invalid']" }},
        {{ "type": "indicator", "pattern_type": "stix", "pattern": "[file:name = 'dropper_of_it.js']" }},
        {{ "type": "indicator", "pattern_type": "stix", "pattern": "[process:pid > 3]" }},
        {{ "type": "indicator", "pattern_type": "yara", "name": "a rule", "pattern": "rule x {{}}" }}] }}"#,
        "ab".repeat(32)
    );
    let imported = bundle(json.as_bytes(), &about()).unwrap();
    assert_eq!(imported.campaign.hashes[0].sha256, [0xab; 32]);
    assert_eq!(&*imported.campaign.domains[0], "drop.harbour.invalid");
    assert_eq!(&*imported.campaign.files[0], "dropper_of_it.js");
    assert_eq!(imported.left_out.len(), 2);
    assert!(bundle(b"{\"type\":\"report\"}", &about()).is_err());
}

#[test]
fn tables_of_incident_teams_are_read() {
    let text = "type,indicator,context\ndomain,drop[.]harbour[.]invalid,\"C2, first\"\nnpm package,anchor@1.0.1,x\n\
        sha256,zz,x\nfilepath,%PROGRAMDATA%\\dropped\\tool.exe,x\nregistry,HKCU\\Run,x\n";
    let imported = table(text, &about()).unwrap();
    assert_eq!(&*imported.campaign.domains[0], "drop.harbour.invalid");
    assert_eq!(&*imported.campaign.files[0], "dropped/tool.exe");
    assert_eq!(imported.left_out.len(), 2, "{:?}", imported.left_out);

    let text = "package_name,package_versions,sources\n@scope/boat,\"1.0.1, 1.0.2\",a\nanchor,= 2.0.0 || = 2.0.1,b\n";
    let imported = table(text, &about()).unwrap();
    assert_eq!(imported.campaign.packages["@scope/boat"].len(), 2);
    assert_eq!(imported.campaign.packages["anchor"].len(), 2);
    assert!(table("a,b\n1,2\n", &about()).is_err());
    assert!(table("", &about()).is_err());
}
