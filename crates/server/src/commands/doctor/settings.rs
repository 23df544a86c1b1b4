//! Finds settings that are valid but not advisable.

use plenaria_domain::doctor::{Finding, Kind};
use plenaria_domain::webhook::{AddressPolicy, is_local};

use crate::settings::ServerConfig;

/// Examines the settings that `serve` would start with.
pub(crate) fn examine(config: &ServerConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(secret_key(config));
    if !config.is_embedded() {
        findings.extend(public_url(config.public_url.as_deref()));
        if config.smtp.is_none() {
            let what = "PLENARIA_SMTP_URL is not set, so mail is written into files of each instance";
            findings.push(Finding::new(Kind::MailServer, what));
        }
    }
    if config.has_no_page_for_links() {
        let what = "PLENARIA_PAGES is off and PLENARIA_MANAGE_URL is not set, so links in mails lead to the API itself";
        findings.push(Finding::new(Kind::ManageUrl, what));
    }
    if let Some(net) = config.trusted_proxies.iter().find(|net| net.prefix_len() == 0) {
        let what = format!("PLENARIA_TRUSTED_PROXIES has {net}, so any caller may claim any address");
        findings.push(Finding::new(Kind::TrustedProxies, what));
    }
    if config.webhook_address_policy == AddressPolicy::Any {
        let what = "PLENARIA_WEBHOOKS_ALLOW_PRIVATE is true, so partners can make Plenaria send requests to hosts of its own network";
        findings.push(Finding::new(Kind::PrivateWebhooks, what));
    }
    findings
}

/// A missing secret key. `serve` would generate one; the doctor does not.
fn secret_key(config: &ServerConfig) -> Option<Finding> {
    let what = match (&config.secret_key, config.is_embedded()) {
        (Some(_), _) => return None,
        (None, true) if config.data_dir.join("secret-key").is_file() => return None,
        (None, true) => "the data directory has a database and no secret-key: tokens given so far stop working",
        (None, false) => "PLENARIA_SECRET_KEY is not set, and `plenaria serve` does not start without it",
    };
    Some(Finding::new(Kind::SecretKey, what))
}

fn public_url(url: Option<&str>) -> Option<Finding> {
    let Some(url) = url else {
        let what = "PLENARIA_PUBLIC_URL is not set, so links and tokens are for the address that is listened on";
        return Some(Finding::new(Kind::PublicUrl, what));
    };
    let url = url::Url::parse(url).ok().filter(|url| url.scheme() == "http")?;
    let is_here = url.host().is_some_and(|host| is_local(&host));
    let kind = if is_here { Kind::PlainHttp } else { Kind::PublicUrl };
    Some(Finding::new(kind, "PLENARIA_PUBLIC_URL is plain http: tokens and personal data would travel in the clear"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn kinds(arguments: &[&str]) -> Vec<Kind> {
        let all = [&["plenaria", "--secret-key", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="], arguments].concat();
        let config = ServerConfig::check(crate::cli::Cli::parse_from(all).settings).unwrap();
        examine(&config).into_iter().map(|finding| finding.kind).collect()
    }

    const GOOD: [&str; 10] = [
        "--database-url",
        "postgres://localhost/x",
        "--smtp-url",
        "smtps://localhost",
        "--mail-from",
        "a@example.org",
        "--manage-url",
        "https://example.org",
        "--public-url",
        "https://api.example.org",
    ];

    /// The findings for the good settings without the last `omitted`, and with `added`.
    fn with(omitted: usize, added: &[&str]) -> Vec<Kind> {
        kinds(&[&GOOD[..GOOD.len() - omitted], added].concat())
    }

    #[test]
    fn each_setting_is_found_by_itself() {
        assert_eq!(with(0, &[]), []);
        assert_eq!(with(2, &[]), [Kind::PublicUrl]);
        assert_eq!(with(2, &["--public-url", "http://api.example.org"]), [Kind::PublicUrl]);
        for local in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:80"] {
            assert_eq!(with(2, &["--public-url", local]), [Kind::PlainHttp], "{local}");
        }
        assert_eq!(with(0, &["--pages", "off"]), [], "links lead to PLENARIA_MANAGE_URL");
        assert_eq!(with(4, &["--public-url", "https://a.example"]), [], "links lead to the pages");
        assert_eq!(with(4, &["--public-url", "https://a.example", "--pages", "off"]), [Kind::ManageUrl]);
        assert_eq!(with(0, &["--trusted-proxies", "10.0.0.0/8,::/0"]), [Kind::TrustedProxies]);
        assert_eq!(with(0, &["--webhooks-allow-private", "true"]), [Kind::PrivateWebhooks]);
        let without_mail = [&GOOD[..2], &GOOD[6..]].concat();
        assert_eq!(kinds(&without_mail), [Kind::MailServer]);
    }

    #[test]
    fn embedded_mode_has_fewer_findings() {
        assert_eq!(kinds(&[]), []);
    }

    #[test]
    fn a_missing_secret_is_reported_and_not_generated() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        let found = || {
            let cli = crate::cli::Cli::parse_from(["plenaria", "--secret-key", "", "--data-dir", path]);
            examine(&ServerConfig::check(cli.settings).unwrap()).iter().any(|finding| finding.kind == Kind::SecretKey)
        };
        assert!(found() && found());
        std::fs::write(directory.path().join("secret-key"), "x").unwrap();
        assert!(!found());
    }
}
