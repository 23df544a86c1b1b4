//! Tests of access: tokens, what an organisation sees, the audit log, and the limits of one caller.

mod audit;
mod caller_limits;
mod cross_organisation_access;
mod isolation;
mod oauth;
mod rate_limits;
mod tokens;
