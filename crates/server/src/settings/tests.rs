use super::*;
use clap::Parser as _;

fn check(arguments: &[&str]) -> Result<Settings, Failure> {
    let cli = crate::cli::Cli::parse_from([&["plenaria"], arguments].concat());
    Settings::check(cli.settings)
}

#[test]
fn a_wrong_value_is_named() {
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
        (["--changes-kept-days", "29"], "PLENARIA_CHANGES_KEPT_DAYS"),
        (["--retention-days", "0"], "PLENARIA_RETENTION_DAYS"),
        (["--drain-seconds", "61"], "PLENARIA_DRAIN_SECONDS"),
        (["--smtp-url", "http://example.org"], "PLENARIA_SMTP_URL"),
        (["--smtp-url", "smtp://example.org"], "PLENARIA_MAIL_FROM"),
        (["--mail-from", "nobody"], "PLENARIA_MAIL_FROM"),
        (["--manage-url", "https://example.org/#x"], "PLENARIA_MANAGE_URL"),
        (["--reminders", "1w"], "PLENARIA_REMINDERS"),
        (["--reminders", ""], "PLENARIA_REMINDERS"),
        (["--reminders", "0h"], "PLENARIA_REMINDERS"),
        (["--webhooks-allow-private", "yes"], "PLENARIA_WEBHOOKS_ALLOW_PRIVATE"),
    ] {
        let failure = check(&arguments).unwrap_err();
        assert!(failure.contains(name), "{failure}");
    }
    assert!(log_format("xml").is_err());
    let failure = check(&["--smtp-url", "ftp://user:secret@example.org"]).unwrap_err();
    assert!(!failure.contains("secret"), "{failure}");
    assert_eq!(check(&[]).unwrap().reminders, [1440, 60]);
    assert_eq!(check(&["--reminders", "off"]).unwrap().reminders, [0; 0]);
    assert!(check(&["--smtp-url", "smtp://localhost:25", "--mail-from", "Ana <a@example.org>"]).is_ok());
}

#[test]
fn limits_proxies_and_origins_are_read() {
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
fn an_authority_is_read_when_mail_is_to_be_sent() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("authority.pem");
    let mail = |url: &str| {
        let file = file.to_str().unwrap();
        let settings = check(&["--smtp-url", url, "--mail-from", "a@example.org", "--smtp-ca", file]).unwrap();
        settings.mail_destination().unwrap_err()
    };
    assert!(mail("smtps://localhost").contains("PLENARIA_SMTP_CA"));
    std::fs::write(&file, "nothing").unwrap();
    assert!(mail("smtps://localhost").contains("PEM"));
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(mail("smtps://localhost").contains("PEM"));
    assert!(mail("smtp://localhost").contains("TLS"));
}

#[test]
fn postgresql_wants_a_secret() {
    let settings = check(&["--database-url", "postgres://localhost/x"]).unwrap();
    assert!(settings.secrets().unwrap_err().contains("openssl rand -base64 32"));
}
