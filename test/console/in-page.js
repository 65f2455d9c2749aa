// Checks that run inside the page, where there is a DOM. Each is the text of one expression for `page.evaluate`.

/** Interactive targets smaller than 24 x 24 CSS px (WCAG 2.5.8), except links inside sentences and what is not shown. */
export const smallTargets = `(() => {
  const wanted = 'a[href], button, input, select, textarea, summary, [role=button], [tabindex="0"]'
  const small = []
  for (const element of document.querySelectorAll(wanted)) {
    if (!element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue
    if (element.matches('a') && isInSentence(element)) continue
    const box = targetBox(element)
    if (box.width < 23.5 || box.height < 23.5) {
      small.push(element.outerHTML.slice(0, 120) + ' is ' + Math.round(box.width) + ' x ' + Math.round(box.height))
    }
  }
  return small

  // A label is a target for its input; a link whose ::after covers its row is as large as the row.
  function targetBox(element) {
    const label = element.matches('input') ? element.closest('label') : null
    if (label !== null) return label.getBoundingClientRect()
    if (element.matches('a[data-row]')) return element.closest('[role=row]').getBoundingClientRect()
    return element.getBoundingClientRect()
  }
  function isInSentence(link) {
    const block = link.closest('p, li, dd')
    return block !== null && getComputedStyle(link).display === 'inline' && block.textContent.trim() !== link.textContent.trim()
  }
})()`

/** How far the page can be scrolled sideways; a page that fits gives 0. */
export const sidewaysOverflow = `(() => {
  const root = document.documentElement
  return Math.max(0, root.scrollWidth - root.clientWidth, document.body.scrollWidth - root.clientWidth)
})()`

/** What has the focus, as a person would call it. */
export const focused = `(() => {
  const element = document.activeElement
  return {
    name: (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 80),
    tag: element.tagName.toLowerCase(),
    id: element.id,
    outline: getComputedStyle(element).outlineStyle !== 'none' || getComputedStyle(element, '::after').outlineStyle !== 'none',
    hidden: element.getBoundingClientRect().top < 0 || element.getBoundingClientRect().bottom > innerHeight,
  }
})()`

/** Serious and critical findings of axe, which must have been evaluated in the page before. */
export const seriousFindings = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => id + ': ' + help + ': ' + nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))`

/** Marks that all is there: nothing loading, fonts in, frames drawn. */
export const settled = `document.querySelector('.skeleton') === null && document.fonts.status === 'loaded' && document.querySelector('main h1') !== null`
