import { combinationJson } from '../../combine/recorded/combination-json.ts'
import { certificationJson } from '../../evidence/certificate.ts'
import { comparisonJson } from '../../evidence/comparison.ts'
import type {
  CascadeReport,
  Contender,
  FrontierPoint,
  ModelColumn,
  Report,
  SliceRow,
  TaskReport,
} from './report.ts'
import { plain } from './words.ts'

/** What `evidence report --json` prints and `report.json` holds; a change that breaks readers raises `version`. */
export function reportJson(report: Report): ReportJson {
  const { candidates, members, ...settings } = report.settings
  return {
    kind: 'musivum-report',
    version: 1,
    date: report.date,
    settings: { ...settings, candidates, members },
    comparisons: report.comparisons,
    tasks: report.tasks.map(taskJson),
  }
}

function taskJson(task: TaskReport) {
  return {
    task: task.task,
    items: task.items,
    data_sha256: task.dataSha256,
    best: task.best === null ? null : { name: task.best.name, sentence: plain(task.best.sentence) },
    models: task.models.map(modelJson),
    contenders: task.contenders.map(contenderJson),
    frontier: task.frontier.map(frontierJson),
    agreement: task.agreement,
    cascade: task.cascade === null ? null : cascadeJson(task.cascade),
    slices: task.slices.map(sliceJson),
    not_computed: task.notComputed,
  }
}

function modelJson(column: ModelColumn) {
  const { costUsd, latencyP50Ms, ...rest } = column
  return { ...rest, cost_usd_mean: costUsd, latency_ms_p50: latencyP50Ms }
}

function contenderJson(contender: Contender) {
  const { combination } = contender
  return {
    name: contender.name,
    kind: contender.kind,
    claim: contender.claim,
    sentence: plain(contender.sentence),
    reference_share: contender.referenceShare,
    cost_usd_mean: contender.costUsd,
    latency_ms_p50: contender.latencyP50Ms,
    comparison: comparisonJson(contender.comparison),
    combination: combination === null ? null : combinationJson(combination),
  }
}

function frontierJson({ kind, name, quality, costUsd, latencyP50Ms, best }: FrontierPoint) {
  return {
    kind,
    name,
    quality,
    cost_usd_mean: costUsd,
    latency_ms_p50: latencyP50Ms,
    best_on: { cost: best.onCost, latency: best.onLatency, both: best.onBoth },
  }
}

function cascadeJson({ members, n, steps, certification, certified }: CascadeReport) {
  return {
    members,
    n,
    steps: steps.map(({ agree, accuracy, escalatedShare, callsMean }) => ({
      agree,
      accuracy,
      escalated_share: escalatedShare,
      calls_mean: callsMean,
    })),
    certified_point:
      certified === null
        ? null
        : {
            agree: certified.agree,
            accuracy: certified.accuracy,
            escalated_share: certified.escalatedShare,
          },
    certification: certificationJson(certification),
  }
}

function sliceJson({ slice, items, cells }: SliceRow) {
  return {
    ...slice,
    items,
    cells: cells.map(({ name, claim, comparison }) => ({
      name,
      claim,
      comparison: comparisonJson(comparison),
    })),
  }
}

export type ReportJson = {
  readonly kind: 'musivum-report'
  readonly version: 1
  readonly date: string | null
  readonly settings: Report['settings']
  readonly comparisons: number
  readonly tasks: readonly ReturnType<typeof taskJson>[]
}
