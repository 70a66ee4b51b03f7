import { useId, type ReactNode } from 'react';
import { join, sizeName } from './layout.tsx';
import { Illustration } from './text.tsx';

export function Alert(props: { title: string; variant?: string; children?: ReactNode }) {
  const variant = props.variant === 'error' ? 'danger' : (props.variant ?? 'info');
  return (
    <div className={`hs-alert hs-alert--${variant}`} role={variant === 'danger' ? 'alert' : 'status'}>
      <div className="hs-alert__title">{props.title}</div>
      {props.children ? <div className="hs-alert__body">{props.children}</div> : null}
    </div>
  );
}

export function EmptyState(props: {
  title?: string;
  children?: ReactNode;
  layout?: 'horizontal' | 'vertical';
  imageWidth?: number;
  flush?: boolean;
  reverseOrder?: boolean;
}) {
  return (
    <div className={join(['hs-empty', `hs-empty--${props.layout ?? 'horizontal'}`, props.flush && 'hs-empty--flush'])}>
      <div className="hs-empty__body">
        {props.title ? <h3 className="hs-heading">{props.title}</h3> : null}
        {props.children}
      </div>
      <Illustration name="empty" alt="" width={props.imageWidth ?? 180} />
    </div>
  );
}

export function ErrorState(props: { title?: string; children?: ReactNode; type?: string }) {
  return (
    <div className="hs-error-state" role="alert">
      <div className="hs-error-state__mark" aria-hidden="true">
        !
      </div>
      <h3 className="hs-heading">{props.title}</h3>
      {props.children}
    </div>
  );
}

export function LoadingSpinner(props: { label: string; showLabel?: boolean; size?: string; layout?: string }) {
  return (
    <div className={`hs-loading hs-loading--${props.layout ?? 'inline'}`} role="status">
      <span className={`hs-spinner hs-spinner--${sizeName(props.size, 'sm')}`} aria-hidden="true" />
      <span className={props.showLabel ? undefined : 'hs-hidden'}>{props.label}</span>
    </div>
  );
}

export function ProgressBar(props: {
  title?: string;
  'aria-label'?: string;
  value?: number;
  maxValue?: number;
  valueMax?: number;
  showPercentage?: boolean;
  valueDescription?: string;
  variant?: string;
}) {
  const id = useId();
  const max = props.maxValue ?? props.valueMax ?? 100;
  const value = Math.min(Math.max(props.value ?? 0, 0), max);
  const percent = max === 0 ? 0 : Math.round((value / max) * 100);
  return (
    <div className="hs-progress">
      <div className="hs-progress__head">
        <span id={id}>{props.title}</span>
        <span>{props.valueDescription ?? (props.showPercentage ? `${percent} %` : '')}</span>
      </div>
      <div
        className={`hs-progress__bar hs-progress__bar--${props.variant ?? 'default'}`}
        role="progressbar"
        aria-labelledby={props.title ? id : undefined}
        aria-label={props.title ? undefined : props['aria-label']}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={value}
        aria-valuetext={props.valueDescription}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

export function StepIndicator(props: {
  stepNames: string[];
  currentStep?: number;
  direction?: 'horizontal' | 'vertical';
  circleSize?: string;
  variant?: string;
  onClick?: (index: number) => void;
}) {
  const current = props.currentStep ?? 0;
  return (
    <ol
      className={join([
        'hs-steps',
        `hs-steps--${props.direction ?? 'horizontal'}`,
        `hs-steps--${sizeName(props.circleSize, 'sm')}`,
      ])}
    >
      {props.stepNames.map((name, index) => {
        const state = index < current ? 'done' : index === current ? 'current' : 'ahead';
        const inner = (
          <>
            <span className="hs-step__circle" aria-hidden="true" />
            <span className="hs-step__name">{name}</span>
          </>
        );
        return (
          <li key={index} className={`hs-step hs-step--${state}`} aria-current={index === current ? 'step' : undefined}>
            {props.onClick ? (
              <button type="button" className="hs-step__press" onClick={() => props.onClick?.(index)}>
                {inner}
              </button>
            ) : (
              <div className="hs-step__press">{inner}</div>
            )}
          </li>
        );
      })}
    </ol>
  );
}

export function Statistics(props: { children?: ReactNode }) {
  return <div className="hs-statistics">{props.children}</div>;
}

export function StatisticsItem(props: { label: string; number: string | number; children?: ReactNode }) {
  return (
    <div className="hs-statistic">
      <div className="hs-statistic__label">{props.label}</div>
      <div className="hs-statistic__number">{props.number}</div>
      {props.children}
    </div>
  );
}

export function StatisticsTrend(props: { value: string; direction: 'increase' | 'decrease'; color?: string }) {
  return (
    <div className={`hs-trend hs-trend--${props.color ?? (props.direction === 'increase' ? 'green' : 'red')}`}>
      <span aria-hidden="true">{props.direction === 'increase' ? '▲ ' : '▼ '}</span>
      <span className="hs-hidden">{props.direction === 'increase' ? 'Up' : 'Down'} </span>
      {props.value}
    </div>
  );
}

export function ScoreCircle(props: { score: number }) {
  return (
    <div className="hs-score" role="img" aria-label={`Score ${props.score} of 100`}>
      {props.score}
    </div>
  );
}

type ChartProps = {
  data: Record<string, string | number>[];
  axes: { x: { field: string; label?: string }; y: { field: string; label?: string } };
  options?: { title?: string };
};

/** Charts as a table with bars: the figures are what matters here, and everyone can read them. */
export function BarChart(props: ChartProps) {
  const { x, y } = props.axes;
  const most = Math.max(1, ...props.data.map((row) => Number(row[y.field]) || 0));
  return (
    <table className="hs-chart">
      {props.options?.title ? <caption>{props.options.title}</caption> : null}
      <thead>
        <tr>
          <th scope="col">{x.label ?? x.field}</th>
          <th scope="col">{y.label ?? y.field}</th>
        </tr>
      </thead>
      <tbody>
        {props.data.map((row, index) => (
          <tr key={index}>
            <th scope="row">{row[x.field]}</th>
            <td>
              <span className="hs-chart__bar" style={{ width: `${((Number(row[y.field]) || 0) / most) * 100}%` }} />
              {row[y.field]}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
