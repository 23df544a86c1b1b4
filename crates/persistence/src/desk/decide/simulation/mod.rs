//! Random sequences of all requests, over several instances that share an event and crash between any two steps, compared
//! with a reference model after each commit.

mod database;
mod model;
mod requests;

use proptest::prelude::*;
use proptest::sample::Index;

use self::database::{Database, Fate};
use self::model::Model;
use self::requests::{Ask, ask};

/// How many instances share the event.
const INSTANCES: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    /// Someone sends a request to an instance.
    Submit(usize, Ask),
    /// Someone who has had no reply sends a request with a key again, to any instance.
    Retry(usize, Index),
    /// An instance serves the batch that waits there.
    Serve(usize, Fate),
    /// An organiser sets another capacity, which promotes at once.
    SetCapacity(Option<u32>),
}

fn step() -> impl Strategy<Value = Step> {
    let fate =
        prop_oneof![8 => Just(Fate::Replies), 1 => Just(Fate::CrashesBeforeCommit), 1 => Just(Fate::LosesReplies)];
    prop_oneof![
        12 => (0..INSTANCES, ask()).prop_map(|(instance, ask)| Step::Submit(instance, ask)),
        2 => (0..INSTANCES, any::<Index>()).prop_map(|(instance, index)| Step::Retry(instance, index)),
        5 => (0..INSTANCES, fate).prop_map(|(instance, fate)| Step::Serve(instance, fate)),
        1 => prop_oneof![9 => (0u32..6).prop_map(Some), 1 => Just(None)].prop_map(Step::SetCapacity),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_keeps_every_promise(
        capacity in prop::option::weighted(0.9, 0u32..5),
        waitlist in prop::bool::weighted(0.8),
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut database = Database::new(capacity, waitlist, INSTANCES);
        let mut model = Model::new(capacity, waitlist);
        for step in steps {
            match step {
                Step::Submit(instance, ask) => database.submit(instance, &ask),
                Step::Retry(instance, index) => database.retry(instance, index),
                Step::Serve(instance, fate) => {
                    let served = database.serve(instance, fate);
                    for (request, reply) in served {
                        model.check(&request, &reply);
                    }
                }
                Step::SetCapacity(capacity) => {
                    model.set_capacity(capacity);
                    database.set_capacity(capacity);
                }
            }
            model.check_state(&database);
            database.check_invariants();
        }
    }
}
