//! Workers that send webhooks, and a server that receives them.

pub mod receiver;
pub mod worker;
