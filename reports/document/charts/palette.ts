/**
 * The report's colours, by purpose, on light and on dark ground. Charts are drawn in the light ones; the drawn SVG
 * then refers to CSS
 * variables, with the light value as fallback where the style sheet is missing. Every light value is unique, so that
 * the way back is sure.
 * Text colours have a contrast of at least 4.5 to their ground, marks at least 3.
 */
const palette = {
  paper: {light: '#ffffff', dark: '#14181d'},
  ink: {light: '#1b1f24', dark: '#e6e9ed'},
  muted: {light: '#59636e', dark: '#9aa6b2'},
  rule: {light: '#d0d7de', dark: '#363e47'},
  grid: {light: '#e6eaee', dark: '#262d35'},
  before: {light: '#6b7681', dark: '#a3afbb'},
  after: {light: '#0a58a8', dark: '#6cb2f7'},
  third: {light: '#8a4b08', dark: '#e0a35c'},
  fourth: {light: '#7a3b9c', dark: '#c99be6'},
  limit: {light: '#b3261d', dark: '#ff8f85'},
  good: {light: '#14733a', dark: '#62cf8b'},
  unsure: {light: '#7d5600', dark: '#e3b341'},
  'phase-membership': {light: '#c4ced8', dark: '#8fa0b1'},
  'phase-fenced': {light: '#f0c267', dark: '#d9a53f'},
  'phase-started': {light: '#9cc3ee', dark: '#78a9dd'},
  'phase-service': {light: '#8fd3ae', dark: '#62b389'},
  'phase-durable': {light: '#d3b4e8', dark: '#b48fd0'},
  'phase-requested': {light: '#e3d5b8', dark: '#b5a27b'},
  'phase-storage': {light: '#f2a98c', dark: '#d98762'},
  'phase-kernel': {light: '#9adada', dark: '#63b0b0'},
  'phase-network': {light: '#cfe08a', dark: '#a3b45c'},
  'phase-unexplained': {light: '#f28b93', dark: '#e0646f'},
  'phase-ink': {light: '#15191e', dark: '#0d1014'},
  blackout: {light: '#bcd4ee', dark: '#2f5f92'},
} as const;

export type Colour = keyof typeof palette;

export const colour: Record<Colour, string> = mapped('light');

function mapped(mode: 'light' | 'dark'): Record<Colour, string> {
  const {entries, fromEntries} = Object;
  return fromEntries(entries(palette).map(([name, value]) => [name, value[mode]])) as Record<Colour, string>;
}

/** `--paper:#fff;…` for a rule of the style sheet. */
export function variables(mode: 'light' | 'dark'): string {
  return Object.entries(palette)
    .map(([name, value]) => `--${name}:${value[mode]}`)
    .join(';');
}

const names = new Map<string, string>(Object.entries(palette).map(([name, value]) => [value.light, name]));

/**
 * Literal colours of tags in `fill` and `stroke` become `var(--name,literal)`; text between tags stays. An unknown
 * colour is a mistake of this code
 * and throws.
 */
export function themed(svg: string): string {
  return svg.replace(/<[^>]*>/g, tag =>
    tag.replace(/ (fill|stroke)="([^"]*)"/g, (whole, attribute: string, value: string) => {
      if (value === 'none' || value === 'transparent') return whole;
      const name = names.get(value);
      if (name === undefined) throw new Error(`the chart uses ${attribute} ${value}, which is not in the palette`);
      return ` ${attribute}="var(--${name},${value})"`;
    }),
  );
}

export const fontFamily = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif';

/** How a profile is drawn: colour, shape and dash together, so that none of them is needed alone. */
export interface SeriesStyle {
  colour: string;
  shape: 'circle' | 'diamond' | 'square' | 'triangle-up';
  filled: boolean;
  dash: readonly number[];
}

const styles: readonly SeriesStyle[] = [
  {colour: colour.before, shape: 'circle', filled: false, dash: [4, 3]},
  {colour: colour.after, shape: 'diamond', filled: true, dash: []},
  {colour: colour.third, shape: 'square', filled: false, dash: [1, 2]},
  {colour: colour.fourth, shape: 'triangle-up', filled: true, dash: [8, 2, 1, 2]},
];

/**
 * The style of each profile, in the order of the run: the first is "before". From the fifth on they repeat; labels
 * still tell them apart.
 */
export function seriesStyles(profiles: readonly string[]): ReadonlyMap<string, SeriesStyle> {
  const found = new Map<string, SeriesStyle>();
  for (const [index, profile] of profiles.entries()) {
    const style = styles[index % styles.length];
    if (style) found.set(profile, style);
  }
  return found;
}
