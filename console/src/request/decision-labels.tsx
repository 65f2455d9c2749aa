import { Plural, Trans } from '@lingui/react/macro'
import { useFormat } from '../i18n/use-format.ts'
import { Ltr } from '../parts/ltr.tsx'
import { Chips } from './chips.tsx'
import { isUnruled, type Decision } from './decision.ts'
import { Note } from './step.tsx'

type Examined = Extract<Decision['labels'], { readonly examined: true }>

/** What was found in the request, and what nobody looked for: the two must not look alike. */
export function DecisionLabels({ decision }: { readonly decision: Decision }) {
  const { labels, names } = decision
  if (labels.examined) return <ExaminedLabels labels={labels} names={names} />
  if (!isUnruled(decision))
    return <Trans>Not examined: nobody looked for personal data, language or task.</Trans>
  return (
    <Trans>
      Not examined, because no rule reads the text: nobody looked for personal data, language or task.
    </Trans>
  )
}

type ExaminedProps = { readonly labels: Examined; readonly names?: Decision['names'] }

export function ExaminedLabels({ labels, names }: ExaminedProps) {
  const { count } = useFormat()
  const { entities, counts, task } = labels
  const [level, most] = [count(labels.sensitivity), count(MOST_SENSITIVE)]
  return (
    <>
      {entities.length === 0 ? (
        <p>
          <Trans>Examined; nothing was found.</Trans>
        </p>
      ) : (
        <Chips names={entities} {...(counts !== undefined && { counts })} />
      )}
      <Note>
        <Trans>
          Level <bdi className="font-medium text-ink">{level}</bdi> of {most}
        </Trans>{' '}
        · {levelWord(labels.sensitivity)}
      </Note>
      <Languages labels={labels} />
      {task !== undefined && (
        <Note>
          <Trans>
            Task: <Ltr className="font-mono text-xs text-ink">{task}</Ltr>
          </Trans>
        </Note>
      )}
      <Names label={labels.names} read={names} />
      {labels.unread !== undefined && (
        <Note tone="text-gold">
          <Trans>Holds what nobody can look into:</Trans>{' '}
          {labels.unread.map((what, index) => (
            <span key={what}>
              {index > 0 && <> · </>}
              {unreadWord(what)}
            </span>
          ))}
        </Note>
      )}
    </>
  )
}

const MOST_SENSITIVE = 4

type NamesProps = { readonly label: Examined['names']; readonly read: Decision['names'] }

function Names({ label, read }: NamesProps) {
  return (
    <>
      {label === 'not-covered' && (
        <Note>
          <Trans>Names of people, places and organisations were not looked for.</Trans>
        </Note>
      )}
      {label === 'failed' && (
        <Note tone="text-gold">
          <Trans>Names of people, places and organisations are not covered: looking for them failed.</Trans>
        </Note>
      )}
      {read !== undefined && (
        <Note>
          <Trans>
            Names were looked for by <Ltr className="wrap-anywhere text-ink">{read.model}</Ltr>:
          </Trans>{' '}
          <Plural value={read.found} one="# name found" other="# names found" />
        </Note>
      )}
    </>
  )
}

function Languages({ labels: { languages, language } }: { readonly labels: Examined }) {
  const { locale } = useFormat()
  const all = languages ?? (language === undefined ? [] : [language])
  if (all.length === 0)
    return (
      <Note>
        <Trans>The language was not looked for.</Trans>
      </Note>
    )
  const names = new Intl.DisplayNames(locale, { type: 'language' })
  const shown = new Intl.ListFormat(locale).format(all.map((code) => names.of(code) ?? code))
  return (
    <Note>
      <Trans>
        Language: <bdi className="text-ink">{shown}</bdi>
      </Trans>
    </Note>
  )
}

function levelWord(level: Examined['sensitivity']) {
  switch (level) {
    case 0:
      return <Trans>nothing personal</Trans>
    case 1:
      return <Trans>technical, or about a company</Trans>
    case 2:
      return <Trans>leads to a person</Trans>
    case 3:
      return <Trans>identifies a person or moves money</Trans>
    case 4:
      return <Trans>health or secrets</Trans>
    default:
      return level satisfies never
  }
}

function unreadWord(what: NonNullable<Examined['unread']>[number]) {
  switch (what) {
    case 'image':
      return <Trans>images</Trans>
    case 'file':
      return <Trans>files</Trans>
    case 'audio':
      return <Trans>sound</Trans>
    case 'tokens':
      return <Trans>tokens in place of text</Trans>
    default:
      return what satisfies never
  }
}
