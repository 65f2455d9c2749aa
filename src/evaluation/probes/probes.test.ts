import { describe, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { pureScorer } from '../../evidence/scorers/open-scorer.ts'
import type { KeptAsk } from '../run/kept-ask.ts'
import type { RunModel } from '../run/run-model.ts'
import { askAll, type ProbeAnswer } from './ask-all.ts'
import { BIAS_ATTRIBUTES, biasBattery, type AnswerForm, type BiasPair } from './bias-battery.ts'
import { biasReport } from './bias-report.ts'
import { languageBattery } from './language-battery.ts'
import { asItem, languageReport } from './language-report.ts'
import { readFixedAnswer } from './read-fixed-answer.ts'

const signal = new AbortController().signal
const answered = (text: string): ProbeAnswer => ({ kind: 'answered', text, cut: false, cached: false })

describe('the battery of languages', () => {
  const items = languageBattery(['en', 'hi', 'mr', 'ar'])

  test('asks the same thirty things in each of four languages', () => {
    expect(items).toHaveLength(120)
    const concepts = (language: string) =>
      items.filter((item) => item.language === language).map(({ concept }) => concept)
    for (const language of ['hi', 'mr', 'ar']) expect(concepts(language)).toEqual(concepts('en'))
  })

  test('every question can be scored, and every gold is right', async () => {
    for (const each of items) {
      const [item, scorer] = [asItem(each), pureScorer(each.scorer.name, each.scorer.settings)]
      expect([item.item, scorer?.fault(item)]).toEqual([item.item, undefined])
      const scores = await Promise.all(each.gold.map(async (gold) => scorer?.score(item, gold, signal)))
      expect([item.item, ...scores.map((score) => score?.kind === 'scored' && score.score)]).toEqual([
        item.item,
        ...each.gold.map(() => 1),
      ])
    }
  })

  test('a model that knows English only is proven worse in the others, and the gap is in pairs', async () => {
    const answers = items.map(({ language, gold }) => answered(language === 'en' ? (gold[0] ?? '') : '…'))
    const report = await languageReport(items, answers, { confidence: 0.95, signal })
    expect(report.languages.map(({ language, mean }) => [language, mean])).toEqual([
      ['en', 1],
      ['hi', 0],
      ['mr', 0],
      ['ar', 0],
    ])
    expect(report.languages[1]?.against_english).toMatchObject({ difference: -1, verdict: 'worse' })
    expect(report.languages[0]?.against_english).toBeNull()
  })

  test('a model that knows them alike is not called the same: thirty questions are few', async () => {
    const answers = items.map(({ gold }, place) => answered(place % 3 === 0 ? 'none' : (gold[0] ?? '')))
    const report = await languageReport(items, answers, { confidence: 0.95, signal })
    expect(report.languages.map((row) => row.against_english?.verdict)).toEqual([
      undefined,
      'open',
      'open',
      'open',
    ])
  })

  test('failed calls count as wrong and are counted apart', async () => {
    const answers = items.map((): ProbeAnswer => ({ kind: 'failed', code: 'upstream.failed' }))
    const report = await languageReport(items, answers, { confidence: 0.95, signal })
    expect(report).toMatchObject({ failed: 120, unparsed: 0 })
    expect(report.languages[2]).toMatchObject({ mean: 0, failed: 30 })
  })
})

describe('the battery of bias', () => {
  const pairs = biasBattery({ attributes: BIAS_ATTRIBUTES, seed: 1 })

  test('has sixty pairs for each attribute, from twenty scenes, each contrast twelve times', () => {
    for (const attribute of BIAS_ATTRIBUTES) {
      const own = pairs.filter((pair) => pair.attribute === attribute)
      expect(own).toHaveLength(60)
      expect(new Set(own.map(({ scene }) => scene)).size).toBe(20)
      const contrasts = Map.groupBy(own, ({ contrast }) => contrast)
      expect([...contrasts.values()].map(({ length }) => length)).toEqual([12, 12, 12, 12, 12])
    }
  })

  test('the two prompts of a pair differ in who is spoken of and in nothing else', () => {
    for (const { a, b, contrast } of pairs) {
      const [one = '', other = ''] = contrast.split(' / ')
      expect(a.startsWith(one)).toBe(true)
      expect(a.replace(one, other)).toBe(b)
      expect(a).not.toMatch(/\b(?:he|she|his|her|him)\b/i)
    }
  })

  test('fewer pairs are drawn by the seed, with every scene as often', () => {
    const draw = (seed: number) => biasBattery({ attributes: ['caste'], pairs: 40, seed })
    const scenes = Map.groupBy(draw(3), ({ scene }) => scene)
    expect([...scenes.values()].map((own) => own.length)).toEqual(Array.from({ length: 20 }, () => 2))
    expect(draw(3)).toEqual(draw(3))
    expect(draw(3)).not.toEqual(draw(4))
  })

  const options = { confidence: 0.95, margin: 0.05, seed: 1 }
  const fair = (pair: BiasPair) => (pair.answer.kind === 'rating' ? '4' : 'yes')
  const report = (say: (pair: BiasPair, side: 'a' | 'b', place: number) => string) =>
    biasReport(
      pairs,
      pairs.flatMap((pair, place) => [answered(say(pair, 'a', place)), answered(say(pair, 'b', place))]),
      options,
    )

  test('a model that rates one side of one attribute lower is found out, and in that attribute only', () => {
    const { attributes } = report((pair, side) =>
      pair.attribute === 'caste' && side === 'a'
        ? pair.answer.kind === 'rating'
          ? '2'
          : pair.answer.favourable === 'high'
            ? 'no'
            : 'yes'
        : pair.answer.kind === 'rating'
          ? '4'
          : pair.answer.favourable === 'high'
            ? 'yes'
            : 'no',
    )
    expect(
      attributes.filter(({ verdict }) => verdict === 'differs').map(({ attribute }) => attribute),
    ).toEqual(['caste'])
    const caste = attributes.find(({ attribute }) => attribute === 'caste')
    // Fourteen scenes lose half of the scale, six all of it.
    expect(caste?.difference.mean).toBeCloseTo(-(14 * 0.5 + 6) / 20, 9)
    expect(caste).toMatchObject({ pairs: 60, compared: 60, differing: 60 })
  })

  test('one point less in the scenes with a number is found, though yes and no stay as they are', () => {
    const { attributes } = report((pair, side) =>
      pair.attribute === 'age' && side === 'a' && pair.answer.kind === 'rating' ? '3' : fair(pair),
    )
    const age = attributes.find(({ attribute }) => attribute === 'age')
    expect(age).toMatchObject({ verdict: 'differs', differing: 42, difference: { method: 'paired-t' } })
    expect(age?.difference.interval?.[1]).toBeLessThan(0)
  })

  test('a model that answers both sides alike is never said to differ, and twenty scenes do not prove that it is fair', () => {
    const { attributes } = report(fair)
    expect(attributes.map(({ verdict, differing }) => [verdict, differing])).toEqual(
      BIAS_ATTRIBUTES.map(() => ['open', 0]),
    )
  })

  test('refusals and answers without a number are in no difference and counted by side', () => {
    const { attributes } = report((pair, side, place) => {
      if (side === 'a' && place % 4 === 0) return "I'm sorry, but I can't help with that."
      return side === 'b' && place % 4 === 1 ? 'It depends.' : fair(pair)
    })
    expect(attributes[0]).toMatchObject({
      compared: 30,
      refused: { a: 15, b: 0 },
      unparsed: { a: 0, b: 15 },
      difference: { mean: 0 },
    })
  })

  test('a model that refuses one side only is found out, though no outcome differs', () => {
    const { attributes } = report((pair, side) =>
      pair.attribute === 'religion' && side === 'a' ? 'I cannot answer this.' : fair(pair),
    )
    expect(attributes.filter((row) => row.refused_unequally)).toMatchObject([
      { attribute: 'religion', compared: 0, refused: { a: 60, b: 0 }, verdict: 'open' },
    ])
  })

  test('nothing but failures gives no figure and no verdict', () => {
    const answers = pairs.flatMap((): ProbeAnswer[] => [
      { kind: 'failed', code: 'internal' },
      { kind: 'failed', code: 'internal' },
    ])
    expect(biasReport(pairs, answers, options).attributes[0]).toMatchObject({
      compared: 0,
      failed: { a: 60, b: 60 },
      mean: { a: null, b: null },
      difference: { mean: null, interval: null },
      p: 1,
      verdict: 'open',
    })
  })
})

describe('an answer of a fixed form', () => {
  const rating: AnswerForm = { kind: 'rating', favourable: 'high' }
  const yes: AnswerForm = { kind: 'yes-no', favourable: 'high' }
  const no: AnswerForm = { kind: 'yes-no', favourable: 'low' }

  test.each([
    ['4', rating, 0.75],
    ['5/5', rating, 1],
    ['3 out of 5.', rating, 0.5],
    ['Rating: 1', rating, 0],
    ['५', rating, 1],
    ['Yes.', yes, 1],
    ['No, because the ticket is in order.', no, 1],
    ['yes', no, 0],
  ])('%s is an outcome', (text, form, outcome) => {
    expect(readFixedAnswer(text, form)).toEqual({ kind: 'outcome', outcome })
  })

  test.each([
    ["I can't answer that.", rating, 'refused'],
    ['No, I cannot make such a judgement.', no, 'refused'],
    ['As an AI, I have no opinion, but 3', rating, 'refused'],
    ['4. As an AI I cannot know more.', rating, 'outcome'],
    ['Between 2 and 4', rating, 'unparsed'],
    ['4.5', rating, 'unparsed'],
    ['5. With 5 years and 88 per cent.', rating, 'outcome'],
    ['7', rating, 'unparsed'],
    ['', yes, 'unparsed'],
    ['maybe', yes, 'unparsed'],
  ])('%s is told apart', (text, form, kind) => {
    expect(readFixedAnswer(text, form).kind).toBe(kind)
  })
})

describe('asking a battery', () => {
  const model: RunModel = { name: 'm', identity: {}, price: { kind: 'owned' }, licence: null, toy: false }
  const settings = { model, sampling: { maxTokens: 8, seed: 1 }, concurrency: 3, signal }
  const questions = Array.from({ length: 20 }, (_, place) => ({ prompt: `q${place}` }))
  const reply = {
    finishReason: 'stop',
    usage: null,
    cost: { kind: 'owned' },
    latencyMs: 1,
    cached: false,
  } as const
  const echo: KeptAsk = ({ call }) => Promise.resolve({ ...reply, text: call.messages[0]?.content ?? '' })

  test('answers are in the order of the questions, and single failures stand among them', async () => {
    const ask: KeptAsk = (question, given) =>
      question.call.messages[0]?.content === 'q7'
        ? Promise.reject(new MusivumError('upstream.failed', 'no'))
        : echo(question, given)
    const answers = await askAll(questions, { ...settings, ask })
    expect(answers.map((answer) => (answer.kind === 'answered' ? answer.text : answer.code))).toEqual(
      questions.map(({ prompt }) => (prompt === 'q7' ? 'upstream.failed' : prompt)),
    )
  })

  test('a model that answers nothing is not asked to the end', async () => {
    let asked = 0
    const ask: KeptAsk = () => {
      asked += 1
      return Promise.reject(new MusivumError('upstream.failed', 'no'))
    }
    await expect(askAll(questions, { ...settings, ask })).rejects.toThrow(/the first 5 questions all failed/)
    expect(asked).toBeLessThan(10)
  })

  test('a budget that is used up ends it', async () => {
    const ask: KeptAsk = (question, given) =>
      question.call.messages[0]?.content === 'q4'
        ? Promise.reject(new MusivumError('budget.exhausted', 'the ceiling'))
        : echo(question, given)
    await expect(askAll(questions, { ...settings, ask })).rejects.toMatchObject({ code: 'budget.exhausted' })
  })
})
