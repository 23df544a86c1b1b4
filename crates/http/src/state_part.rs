//! Gives handlers the parts of the state that they need, as arguments: `store: Part<Store>`.
//!
//! A part is a clone of its worker's [`WorkerState`]. That counts references without atomic operations, so threads do
//! not compete for the counter. The price is that a part cannot leave its thread: what another thread calls, such as
//! the recorder of a stored response, gets a clone of the value that it needs.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, error};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Clock;
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;

use crate::auth::{AccessTokens, ClientCache, ConfirmationTokens, ManageTokens};
use crate::cache::availability_streams::AvailabilityStreams;
use crate::cache::change_feed::ChangeFeed;
use crate::cache::events::EventCache;
use crate::cache::events_calendar::EventsCalendarCache;
use crate::cache::statistics::StatisticsCache;
use crate::limits::exports::ExportLimiter;
use crate::request::cursor::Cursors;
use crate::request::idempotency::InProgress;
use crate::state::{AppState, CallerLimits, HealthState, PrivacyNotice, WebhookSettings};

/// One worker's reference to the state, which is among the data of the worker's application.
#[derive(Clone)]
#[allow(clippy::redundant_allocation, reason = "the outer counter is the worker's own")]
pub(crate) struct WorkerState(Rc<Arc<AppState>>);

impl WorkerState {
    pub(crate) fn new(state: Arc<AppState>) -> Self {
        Self(Rc::new(state))
    }

    /// The state of the worker that handles the request.
    pub(crate) fn of(request: &HttpRequest) -> Result<&Self, actix_web::Error> {
        request.app_data().ok_or_else(|| error::ErrorInternalServerError("the application has no state"))
    }

    /// The whole state.
    pub(crate) fn state(&self) -> &AppState {
        &self.0
    }

    /// A part of the state.
    pub(crate) fn part<T>(&self) -> Part<T> {
        Part { state: self.clone(), part: PhantomData }
    }
}

/// A part of the state, as an argument of a handler.
pub(crate) struct Part<T> {
    state: WorkerState,
    part: PhantomData<T>,
}

impl<T: StatePart> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        T::of(&self.state.0)
    }
}

impl<T: StatePart + 'static> FromRequest for Part<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(WorkerState::of(request).map(WorkerState::part))
    }
}

/// A type of which the state has exactly one value.
pub(crate) trait StatePart {
    /// The state's value.
    fn of(state: &AppState) -> &Self;
}

macro_rules! state_parts {
    ($($part:ty: $($field:ident).+;)+) => {
        $(impl StatePart for $part {
            fn of(state: &AppState) -> &Self {
                &state.$($field).+
            }
        })+
    };
}

state_parts! {
    Store: store;
    Desk: desk;
    EventCache: events;
    AvailabilityStreams: availability_streams;
    EventsCalendarCache: calendars;
    StatisticsCache: statistics;
    ChangeFeed: change_feed;
    Clock: clock;
    ClientCache: clients;
    ManageTokens: tokens.manage;
    ConfirmationTokens: tokens.confirmation;
    AccessTokens: tokens.access;
    Cursors: cursors;
    InProgress: in_progress;
    CallerLimits: limits;
    ExportLimiter: limits.exports;
    WebhookSettings: webhooks;
    HealthState: health;
    PublicUrl: public_url;
    PrivacyNotice: privacy_notice;
}

/// Makes a struct whose fields are parts an argument of handlers, for parts that are needed together.
macro_rules! group_of_parts {
    ($group:ident { $($field:ident),+ $(,)? }) => {
        impl actix_web::FromRequest for $group {
            type Error = actix_web::Error;
            type Future = std::future::Ready<Result<Self, Self::Error>>;

            fn from_request(request: &actix_web::HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
                let state = crate::state_part::WorkerState::of(request);
                std::future::ready(state.map(|state| Self { $($field: state.part()),+ }))
            }
        }
    };
}

pub(crate) use group_of_parts;
