import './without-eval.ts';
import { createRoot } from 'react-dom/client';
import { PreviewPage } from './preview-page.tsx';

const root = document.getElementById('preview');
if (root !== null) {
  createRoot(root).render(<PreviewPage sessionUrl={root.dataset.session ?? './session.json'} />);
}
