use super::*;
use crate::delivery_settings::mail_destination;
use clap::Parser as _;

fn check(arguments: &[&str]) -> anyhow::Result<ServerConfig> {
    let cli = crate::cli::Cli::parse_from([&["plenaria"], arguments].concat());
    ServerConfig::check(cli.settings)
}

#[test]
fn an_error_names_its_setting() {
    for (arguments, name) in [
        (["--listen", "nowhere"], "PLENARIA_LISTEN"),
        (["--metrics-listen", "9464"], "PLENARIA_METRICS_LISTEN"),
        (["--otlp-endpoint", "collector:4318"], "OTEL_EXPORTER_OTLP_ENDPOINT"),
        (["--database-url", "mysql://x"], "DATABASE_URL"),
        (["--database-read-url", "mysql://x"], "PLENARIA_DATABASE_READ_URL"),
        (["--database-read-url", "postgres://localhost/x"], "DATABASE_URL, its primary"),
        (["--public-url", "ftp://x"], "PLENARIA_PUBLIC_URL"),
        (["--secret-key", "short"], "PLENARIA_SECRET_KEY"),
        (["--secret-key-previous", "short"], "PLENARIA_SECRET_KEY_PREVIOUS"),
        (["--privacy-notice", ""], "PLENARIA_PRIVACY_NOTICE"),
        (["--rate-limits", "some"], "PLENARIA_RATE_LIMITS"),
        (["--rate-limits", "reads=0"], "PLENARIA_RATE_LIMITS"),
        (["--rate-limits", "others=1"], "PLENARIA_RATE_LIMITS"),
        (["--trusted-proxies", "10.0.0.0/99"], "PLENARIA_TRUSTED_PROXIES"),
        (["--cors-origins", "https://example.org/path"], "PLENARIA_CORS_ORIGINS"),
        (["--cors-origins", "example.org"], "PLENARIA_CORS_ORIGINS"),
        (["--change-retention-days", "29"], "PLENARIA_CHANGE_RETENTION_DAYS"),
        (["--personal-data-retention-days", "0"], "PLENARIA_PERSONAL_DATA_RETENTION_DAYS"),
        (["--audit-retention-days", "0"], "PLENARIA_AUDIT_RETENTION_DAYS"),
        (["--drain-seconds", "61"], "PLENARIA_DRAIN_SECONDS"),
        (["--smtp-url", "http://example.org"], "PLENARIA_SMTP_URL"),
        (["--smtp-url", "smtp://example.org"], "PLENARIA_MAIL_FROM"),
        (["--mail-from", "nobody"], "PLENARIA_MAIL_FROM"),
        (["--pages", "yes"], "PLENARIA_PAGES"),
        (["--manage-url", "https://example.org/#x"], "PLENARIA_MANAGE_URL"),
        (["--reminders", "1w"], "PLENARIA_REMINDERS"),
        (["--reminders", ""], "PLENARIA_REMINDERS"),
        (["--reminders", "0h"], "PLENARIA_REMINDERS"),
        (["--webhooks-allow-private", "yes"], "PLENARIA_WEBHOOKS_ALLOW_PRIVATE"),
        (["--sandbox=yes", "--listen=127.0.0.1:0"], "PLENARIA_SANDBOX"),
        (["--sandbox", "--database-url=postgres://localhost/x"], "PLENARIA_SANDBOX=postgresql"),
        (["--sandbox=keep", "--database-url=postgres://localhost/x"], "PLENARIA_SANDBOX=postgresql"),
        (["--sandbox=postgresql", "--listen=127.0.0.1:0"], "DATABASE_URL"),
    ] {
        let error = format!("{:#}", check(&arguments).unwrap_err());
        assert!(error.contains(name), "{error}");
    }
    assert!(log_format("xml").is_err());
    let error = format!("{:#}", check(&["--smtp-url", "ftp://user:secret@example.org"]).unwrap_err());
    assert!(!error.contains("secret"), "{error}");
    assert_eq!(check(&[]).unwrap().reminders, [1440, 60]);
    assert_eq!(check(&["--reminders", "off"]).unwrap().reminders, [0; 0]);
    assert!(check(&["--smtp-url", "smtp://localhost:25", "--mail-from", "Ana <a@example.org>"]).is_ok());
}

#[test]
fn a_sandbox_has_a_directory_of_its_own_and_calls_private_addresses_only_from_the_same_machine() {
    let sandbox = check(&["--sandbox", "--data-dir", "x"]).unwrap();
    assert_eq!((sandbox.sandbox, sandbox.data_dir.as_path()), (Some(SandboxMode::Fresh), "x/sandbox".as_ref()));
    assert_eq!((sandbox.webhook_address_policy, sandbox.is_local()), (AddressPolicy::PublicOrLoopback, true));
    for (setting, policy) in [
        ("--public-url=http://localhost:8080", AddressPolicy::PublicOrLoopback),
        ("--public-url=http://[::1]", AddressPolicy::PublicOrLoopback),
        ("--public-url=https://api.example.org", AddressPolicy::PublicOnly),
        ("--trusted-proxies=127.0.0.1", AddressPolicy::PublicOnly),
        ("--listen=0.0.0.0:80", AddressPolicy::PublicOnly),
        ("--webhooks-allow-private=false", AddressPolicy::PublicOnly),
        ("--webhooks-allow-private=true", AddressPolicy::Any),
    ] {
        assert_eq!(check(&["--sandbox", setting]).unwrap().webhook_address_policy, policy, "{setting}");
    }
    assert_eq!(check(&[]).unwrap().sandbox, None);
    let error = check(&["--sandbox", "--smtp-url", "smtp://localhost:25", "--mail-from", "a@example.org"]).unwrap_err();
    assert!(error.to_string().contains("PLENARIA_SMTP_URL"), "{error}");
    let sandbox = check(&["--sandbox=postgresql", "--database-url", "postgres://localhost/x"]).unwrap();
    assert_eq!(sandbox.sandbox, Some(SandboxMode::Postgres));
}

#[test]
fn limits_proxies_and_origins_are_parsed() {
    let settings = check(&["--rate-limits", "registrations=5,clients=7"]).unwrap();
    assert_eq!(settings.rate_limits, Some(Quotas { registrations: 5, clients: 7, ..Quotas::default() }));
    assert_eq!(check(&["--rate-limits", "off"]).unwrap().rate_limits, None);
    let settings = check(&["--trusted-proxies", "10.0.0.0/8, ::1"]).unwrap();
    assert_eq!(settings.trusted_proxies.len(), 2);
    assert_eq!(check(&[]).unwrap().origins, Origins::Any);
    let settings = check(&["--cors-origins", "https://a.example, http://localhost:3000"]).unwrap();
    let both = ["https://a.example", "http://localhost:3000"].map(str::to_owned).to_vec();
    assert_eq!(settings.origins, Origins::Only(both));
}

#[test]
fn a_certificate_authority_is_read_for_the_mail_settings() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("authority.pem");
    let error = |url: &str| {
        let file = file.to_str().unwrap();
        let settings = check(&["--smtp-url", url, "--mail-from", "a@example.org", "--smtp-ca", file]).unwrap();
        format!("{:#}", mail_destination(&settings).unwrap_err())
    };
    assert!(error("smtps://localhost").contains("PLENARIA_SMTP_CA"));
    std::fs::write(&file, "nothing").unwrap();
    assert!(error("smtps://localhost").contains("PEM"));
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(error("smtps://localhost").contains("PEM"));
    assert!(error("smtp://localhost").contains("TLS"));
}

#[test]
fn postgresql_needs_a_secret_key() {
    let settings = check(&["--database-url", "postgres://localhost/x"]).unwrap();
    assert!(settings.secrets().unwrap_err().to_string().contains("openssl rand -base64 32"));
}
