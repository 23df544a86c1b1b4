// What the API sends and the catalogue has, as far as the element uses it.

export interface Choice {
  key: string
  label: string
}

export interface Question extends Choice {
  kind: 'text' | 'choice' | 'choices' | 'yes_no'
  required: boolean
  choices: Choice[]
}

export interface Event {
  slug: string
  title: string
  summary: string | null
  status: string
  cancellation_reason: string | null
  topics: string[]
  audiences: Choice[]
  organisers: { name: string; url: string | null }[]
  starts_at: string
  ends_at: string
  time_zone: string
  attendance: 'online' | 'in_person' | 'hybrid'
  place: string | null
  privacy_notice: { url: string | null; version: string }
  registration: { audience_required: boolean; questions: Question[] }
  page_url: string | null
}

export interface Person {
  name: string
  honorific: string | null
  position: string | null
  organisation: string | null
  city: string | null
}

export interface Session {
  key: string
  title: string
  track: string | null
  room: { name: string } | null
  status: 'scheduled' | 'cancelled'
  starts_at: string
  ends_at: string
  speakers: (Person & { roles: ('speaker' | 'moderator' | 'host' | 'panelist')[] })[]
}

export interface Programme {
  event: Event
  status: 'draft' | 'final'
  moderators: Person[]
  sessions: Session[]
}

export interface Availability {
  status: 'open' | 'not_open' | 'waitlist' | 'full' | 'closed' | 'cancelled' | 'ended'
  capacity: number | null
  seats_left: number | null
  waitlisted: number
  opens_at: string | null
  closes_at: string
  as_of: string
}

export interface Registration {
  id: string
  status: 'pending' | 'confirmed' | 'waitlisted' | 'cancelled'
  waitlist_position: number | null
  manage_token: string
}

export interface Problem {
  title: string
  detail?: string
  code?: string
  status?: number
  errors?: { pointer: string; code: string; detail: string }[]
}

export interface Plural {
  one: string
  other: string
}

// The texts of one language, as far as the element uses them: crates/locale/src/words.
export interface Words {
  event: Record<
    | 'online' | 'hybrid' | 'organisers' | 'topics' | 'programme' | 'draft' | 'times' | 'your_times' | 'your_time' | 'moderators' | 'moderator' | 'host'
    | 'panelist' | 'session_cancelled' | 'calendar',
    string
  >
  state: Record<
    | 'heading' | 'open' | 'few' | 'closes' | 'waitlist' | 'full' | 'full_text' | 'not_open' | 'opens' | 'closed' | 'closed_at' | 'cancelled' | 'live'
    | 'live_text' | 'ended' | 'confirmation_sent' | 'confirmation_sent_text' | 'registered' | 'registered_text'
    | 'waitlisted' | 'position' | 'waitlisted_text' | 'already_registered' | 'already_registered_text',
    string
  > & Record<'seats' | 'waiting', Plural>
  form: Record<
    | 'title' | 'required_note' | 'required' | 'name' | 'name_hint' | 'email' | 'email_hint' | 'organisation' | 'position' | 'city' | 'country'
    | 'audience' | 'access_needs' | 'access_needs_hint' | 'language' | 'language_hint' | 'newsletter' | 'privacy' | 'privacy_without_notice' | 'privacy_link'
    | 'privacy_version'
    | 'no_choice' | 'no_answer' | 'yes' | 'no' | 'several_hint' | 'send' | 'waitlist_send' | 'busy' | 'no_connection' | 'summary' | 'enter_name'
    | 'enter_email' | 'correct_email' | 'accept_privacy' | 'choose' | 'choose_some' | 'answer' | 'see_registration' | 'link_send' | 'link_sent',
    string
  >
  embed: Record<'event_missing' | 'not_loaded' | 'more' | 'new_tab' | 'not_sent' | 'try_again', string>
}

export interface Catalogue {
  language: string
  words: Words
  // Codes and names.
  languages: [string, string][]
  countries: [string, string][]
}
