import { createRoot } from 'react-dom/client';
import { PhoneChat } from '../../../server/preview/phone/PhoneChat.tsx';

const query = new URLSearchParams(location.search);
const theme = query.get('theme');
const root = document.getElementById('chat');
if (root !== null) {
  createRoot(root).render(
    <PhoneChat
      metaStandInUrl={query.get('meta') ?? ''}
      waId="4915112345"
      businessName="Casa Verde Clinic"
      locale={query.get('locale') === 'de' ? 'de' : 'en'}
      theme={theme === 'light' || theme === 'dark' ? theme : 'auto'}
      textScale={Number(query.get('scale') ?? 1)}
    />,
  );
}
