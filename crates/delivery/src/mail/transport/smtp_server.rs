//! The address of a mail server, and the certificate authority that it is verified with.

use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

const CERTIFICATE_HEADER: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Why settings do not describe a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMailServer {
    /// The URL is not an SMTP URL.
    #[error("it must begin with smtp:// or smtps:// and name a server")]
    Url,
    /// The certificate authority cannot be read.
    #[error("it must be a certificate in PEM form")]
    Authority,
    /// The connection does not use TLS, so a certificate authority has no effect.
    #[error("it is of use with TLS alone: smtps://, or ?tls=required")]
    WithoutTls,
}

/// A mail server, and the certificate authority that it is verified with.
#[derive(Clone)]
pub struct MailServer {
    /// The URL may contain a password: never log it.
    url: String,
    authority: Option<Certificate>,
}

impl std::fmt::Debug for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailServer").finish_non_exhaustive()
    }
}

impl MailServer {
    /// The server at an `smtp://` or `smtps://` URL, verified with Mozilla's root certificates.
    ///
    /// # Errors
    /// The URL is not an SMTP URL.
    pub fn new(url: &str) -> Result<Self, InvalidMailServer> {
        let server = Self { url: url.to_owned(), authority: None };
        server.builder()?;
        Ok(server)
    }

    /// The same server, verified with this certificate authority (PEM) too.
    ///
    /// # Errors
    /// The text is not a certificate, or the connection does not use TLS.
    pub fn trusting(mut self, authority: &[u8]) -> Result<Self, InvalidMailServer> {
        // The library accepts a file without a certificate as an empty list.
        if !authority.windows(CERTIFICATE_HEADER.len()).any(|part| part == CERTIFICATE_HEADER) {
            return Err(InvalidMailServer::Authority);
        }
        self.authority = Some(Certificate::from_pem(authority).map_err(|_| InvalidMailServer::Authority)?);
        self.builder()?;
        Ok(self)
    }

    /// A builder of connections to this server.
    pub(crate) fn builder(&self) -> Result<AsyncSmtpTransportBuilder, InvalidMailServer> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url).map_err(|_| InvalidMailServer::Url)?;
        let Some(authority) = self.authority.clone() else { return Ok(builder) };
        // The library's URLs cannot name a certificate authority, so the TLS mode is set here as the URL asks for it.
        let url = Url::parse(&self.url).map_err(|_| InvalidMailServer::Url)?;
        let host = url.host_str().ok_or(InvalidMailServer::Url)?.to_owned();
        let tls_option = url.query_pairs().find_map(|(name, value)| (name == "tls").then(|| value.into_owned()));
        let mode: fn(TlsParameters) -> Tls = match (url.scheme(), tls_option.as_deref()) {
            ("smtps", _) => Tls::Wrapper,
            (_, Some("required")) => Tls::Required,
            (_, Some(_)) => Tls::Opportunistic,
            (_, None) => return Err(InvalidMailServer::WithoutTls),
        };
        let tls = TlsParameters::builder(host).add_root_certificate(authority).build();
        Ok(builder.tls(mode(tls.map_err(|_| InvalidMailServer::Authority)?)))
    }
}
