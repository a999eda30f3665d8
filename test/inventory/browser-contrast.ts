/** A program for the page: the texts whose colour is too near to what is behind it, by WCAG 2's ratio. */
export function contrastBelow(least: number): string {
  return `(() => {
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number)
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((part) => part / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      return 0.2126 * x + 0.7152 * y + 0.0722 * z
    }
    const behind = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const colour = parse(getComputedStyle(at).backgroundColor)
        if (colour.length === 3 || colour[3] > 0) return colour
      }
      return [255, 255, 255]
    }
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
      .filter((element) => !['SCRIPT', 'STYLE', 'OPTION'].includes(element.tagName))
      .map((element) => {
        const [one, other] = [parse(getComputedStyle(element).color), behind(element)].map(luminance).sort((a, b) => b - a)
        return [element.tagName + '.' + element.className, (one + 0.05) / (other + 0.05)]
      })
      .filter(([, ratio]) => ratio < ${least})
  })()`
}
