//! Workers that send mail, and an SMTP server that receives it.

pub mod queue;
pub mod smtp_server;
pub mod worker;
