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

// The texts of one language: crates/locale/src/words/embed.rs.
export type Words = Record<TextName, string> & Record<PluralName, Plural>

export type PluralName = 'seats_left' | 'few_seats' | 'waitlist'

export type TextName =
  | 'event_missing' | 'not_loaded' | 'your_time' | 'online' | 'hybrid' | 'organised_by' | 'topics' | 'programme' | 'programme_draft'
  | 'moderated_by' | 'role_moderator' | 'role_host' | 'role_panelist' | 'session_cancelled' | 'more' | 'calendar' | 'new_tab'
  | 'registration' | 'open' | 'not_open' | 'full' | 'closed' | 'cancelled' | 'live' | 'ended'
  | 'name' | 'email' | 'organisation' | 'position' | 'city' | 'country' | 'audience' | 'access_needs' | 'access_needs_hint' | 'language'
  | 'newsletter' | 'privacy' | 'privacy_notice' | 'optional' | 'choose' | 'yes' | 'no' | 'no_answer' | 'register' | 'join_waitlist' | 'sending'
  | 'errors' | 'not_sent' | 'no_connection' | 'try_again' | 'confirmed' | 'confirmed_text' | 'waitlisted' | 'waitlisted_text'
  | 'confirmation_sent' | 'confirmation_sent_text' | 'see_registration' | 'resend' | 'resent'

export interface Catalogue {
  language: string
  words: Words
  // Codes and names.
  languages: [string, string][]
  countries: [string, string][]
}
