//! The links of mails to pages.
