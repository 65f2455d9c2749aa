import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'
import { projectsQuery, teamsQuery } from '../api/account-queries.ts'
import { removeGroup, type Project, type Team } from '../api/accounts.ts'
import { useMayChange } from '../api/use-session.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Empty } from '../parts/empty.tsx'
import { Failure } from '../parts/failure.tsx'
import { Loading } from '../parts/loading.tsx'
import { Ltr } from '../parts/ltr.tsx'
import { PageHeading } from '../parts/page-heading.tsx'
import { usePageTitle } from '../shell/page-title.ts'
import { KeysTabs } from './keys-tabs.tsx'
import { NewGroup } from './new-group.tsx'

export function TeamsScreen() {
  const { t } = useLingui()
  usePageTitle(t`Teams and projects`)
  const mayChange = useMayChange()
  const teams = useQuery(teamsQuery)
  const projects = useQuery(projectsQuery)
  const error = teams.error ?? projects.error
  return (
    <>
      <PageHeading
        title={<Trans>Teams and projects</Trans>}
        lead={<Trans>Whom keys belong to. Budgets, limits and sums go by them.</Trans>}
        actions={mayChange && teams.data !== undefined && <NewGroup kind="team" />}
      />
      <KeysTabs />
      {(teams.isPending || projects.isPending) && (
        <div className="panel">
          <Loading rows={4} />
        </div>
      )}
      {error !== null && (teams.data === undefined || projects.data === undefined) && (
        <Failure
          title={<Trans>The teams could not be read</Trans>}
          error={error}
          onRetry={() => void Promise.all([teams.refetch(), projects.refetch()])}
        />
      )}
      {teams.data !== undefined && projects.data !== undefined && (
        <TeamList teams={teams.data} projects={projects.data} mayChange={mayChange} />
      )}
    </>
  )
}

type TeamListProps = {
  readonly teams: readonly Team[]
  readonly projects: readonly Project[]
  readonly mayChange: boolean
}

function TeamList({ teams, projects, mayChange }: TeamListProps) {
  if (teams.length === 0)
    return (
      <div className="panel">
        <Empty title={<Trans>No team yet</Trans>}>
          <p>
            <Trans>Keys work without one. With teams, each has its own budget, limits and sums.</Trans>
          </p>
        </Empty>
      </div>
    )
  return (
    <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
      {teams.map((team) => (
        <TeamCard
          key={team.id}
          team={team}
          projects={projects.filter((project) => project.team === team.id)}
          mayChange={mayChange}
        />
      ))}
    </ul>
  )
}

type TeamCardProps = {
  readonly team: Team
  readonly projects: readonly Project[]
  readonly mayChange: boolean
}

function TeamCard({ team, projects, mayChange }: TeamCardProps) {
  return (
    <li className="panel flex min-w-0 flex-col">
      <div className="px-4 pt-3 pb-2">
        <div className="flex items-start justify-between gap-2">
          <h2 className="min-w-0 font-semibold break-words">
            <bdi>{team.name}</bdi>
          </h2>
          {mayChange && <RemoveGroup kind="teams" id={team.id} name={team.name} />}
        </div>
        <Ltr className="font-mono text-xs text-faint">{team.id}</Ltr>
      </div>
      <div className="flex-1 px-4 pb-3">
        <h3 className="caption">
          <Plural value={projects.length} _0="No project" one="# project" other="# projects" />
        </h3>
        <ul className="mt-1">
          {projects.map((project) => (
            <li
              key={project.id}
              className="flex min-h-8 items-center justify-between gap-2 border-t border-line"
            >
              <span className="min-w-0 break-words">
                <bdi>{project.name}</bdi> <Ltr className="font-mono text-xs text-faint">{project.id}</Ltr>
              </span>
              {mayChange && <RemoveGroup kind="projects" id={project.id} name={project.name} />}
            </li>
          ))}
        </ul>
        {mayChange && <NewGroup kind="project" team={team.id} />}
      </div>
      <p className="flex flex-wrap gap-x-4 border-t border-line px-4 py-1.5 text-sm">
        <FootLink>
          <Link to="/keys" search={{ team: team.id }} className="link inline-flex min-h-6 items-center">
            <Trans>Its keys</Trans>
          </Link>
        </FootLink>
        <FootLink>
          <Link to="/" search={{ team: team.id }} className="link inline-flex min-h-6 items-center">
            <Trans>Its requests</Trans>
          </Link>
        </FootLink>
      </p>
    </li>
  )
}

function FootLink({ children }: { readonly children: ReactNode }) {
  return <span className="inline-flex min-w-8">{children}</span>
}

type RemoveGroupProps = {
  readonly kind: 'teams' | 'projects'
  readonly id: string
  readonly name: string
}

function RemoveGroup({ kind, id, name }: RemoveGroupProps) {
  const { t } = useLingui()
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="button button-quiet min-h-6 shrink-0 px-2 text-xs"
        aria-label={t`Remove ${name}`}
        onClick={() => setOpen(true)}
      >
        <Trans>Remove…</Trans>
      </button>
      <Confirm
        title={
          <Trans>
            Remove <bdi>{name}</bdi>?
          </Trans>
        }
        action={<Trans>Remove</Trans>}
        failed={<Trans>Nothing was removed</Trans>}
        open={open}
        onClose={() => setOpen(false)}
        run={async () => {
          await removeGroup(kind, id)
          await client.invalidateQueries({ queryKey: [kind] })
        }}
      >
        <p>
          <Trans>
            This works when no key in use, project, budget or limit belongs to it. What was spent stays in the
            ledger.
          </Trans>
        </p>
      </Confirm>
    </>
  )
}
